#!/bin/sh
# Puts a route back when the fanops process that shifts traffic stops renewing its lease.
# usage: sh watchdog.sh DIR TTL_SECONDS COMMAND [ARGS...]
# DIR holds: lease (a number that each renewal changes), disarmed, fired, pid
dir=$1
ttl=$2
shift 2
echo $$ > "$dir/pid"
# Seconds of a clock that nobody sets, where the system has one: that of the host may be set meanwhile, by hand or by
# NTP.
now() {
  if read -r up _ 2>/dev/null < /proc/uptime; then echo "${up%%.*}"; else date +%s; fi
}
seen='' since=$(now)
while :; do
  [ -e "$dir/disarmed" ] && exit 0
  lease=$(cat "$dir/lease" 2>/dev/null)
  case $lease in ''|"$seen"|*[!0-9]*) ;; *) seen=$lease since=$(now) ;; esac
  if [ $(($(now) - since)) -ge "$ttl" ]; then
    began=$(now)
    date +%s > "$dir/firing"
    tries=0
    # What keeps it from it, as a full disk does, may pass. With 3 it says that somebody else has taken over, with 4
    # that the old side does not answer and that users stay with who does.
    until "$@" >> "$dir/log" 2>&1; do
      code=$?
      tries=$((tries + 1))
      [ "$code" -eq 3 ] || [ "$tries" -ge 600 ] || [ $(($(now) - began)) -ge 1200 ] && exit 1
      pause=1
      [ "$code" -eq 4 ] && pause=5
      while [ "$pause" -gt 0 ]; do
        [ -e "$dir/disarmed" ] || [ ! -d "$dir" ] && exit 1
        sleep 1
        pause=$((pause - 1))
      done
    done
    mv "$dir/firing" "$dir/fired"
    exit 0
  fi
  sleep 1
done
