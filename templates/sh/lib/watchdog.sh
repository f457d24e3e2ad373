#!/bin/sh
# Functions for the watchdog of a service, by its folder.
end() {
  if [ -f "$1/pid" ]; then
    pid=$(cat "$1/pid")
    : > "$1/disarmed"
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
  fi
}
# Under a name of its own until it is complete: the watchdog never reads half a lease, and two renewals at once do not
# meet.
renew() { date +%s > "$dir/lease.$$" && mv -f "$dir/lease.$$" "$dir/lease"; }
