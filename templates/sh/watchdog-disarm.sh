#!/bin/sh
# Ends the watchdog and removes its files; prints "disarmed", or "fired" when it had put the route back.
# usage: watchdog-disarm.sh DIR
. "${0%/*}/lib/watchdog.sh"
dir=$1
[ -d "$dir" ] || { echo disarmed; exit 0; }
renew
end "$dir"
if [ -e "$dir/fired" ] || [ -e "$dir/firing" ]; then echo fired; else echo disarmed; fi
# A renewal under way may put its file in meanwhile.
rm -rf "$dir" 2>/dev/null || { sleep 0.2; rm -rf "$dir"; }
