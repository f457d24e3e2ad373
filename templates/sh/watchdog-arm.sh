#!/bin/sh
# Starts the watchdog, which outlives the connection; one that runs already is ended first.
# usage: watchdog-arm.sh DIR TTL PROGRAM COMMAND [ARG...]   COMMAND puts the route back
. "${0%/*}/lib/watchdog.sh"
dir=$1 ttl=$2 program=$3
shift 3
end "$dir"
rm -f "$dir/disarmed" "$dir/fired" "$dir/firing" "$dir/pid"
# There before it is needed: a full disk may have no room for a name.
: >> "$dir/log"
renew || exit 1
if command -v setsid > /dev/null 2>&1; then
  setsid sh "$program" "$dir" "$ttl" "$@" < /dev/null > /dev/null 2>&1 &
else
  nohup sh "$program" "$dir" "$ttl" "$@" < /dev/null > /dev/null 2>&1 &
fi
tries=0
while [ ! -s "$dir/pid" ] && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
[ -s "$dir/pid" ] || { echo "the watchdog did not start" >&2; exit 1; }
echo armed
