#!/bin/sh
# Puts a route back when the fanops process that shifts traffic stops renewing its lease.
# usage: sh watchdog.sh DIR TTL_SECONDS COMMAND [ARGS...]   DIR holds: lease (epoch seconds), disarmed, fired, pid
dir=$1
ttl=$2
shift 2
echo $$ > "$dir/pid"
last=$(date +%s)
while :; do
  [ -e "$dir/disarmed" ] && exit 0
  lease=$(cat "$dir/lease" 2>/dev/null)
  case $lease in ''|*[!0-9]*) ;; *) last=$lease ;; esac
  now=$(date +%s)
  if [ $((now - last)) -ge "$ttl" ]; then
    date +%s > "$dir/firing"
    tries=0
    # What keeps it from it, as a full disk does, may pass. With 3 it says that somebody else has taken over, with 4 that the old side
    # does not answer and that users stay with who does.
    until "$@" >> "$dir/log" 2>&1; do
      code=$?
      tries=$((tries + 1))
      [ "$code" -eq 3 ] || [ "$tries" -ge 600 ] || [ $(($(date +%s) - now)) -ge 1200 ] && exit 1
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
