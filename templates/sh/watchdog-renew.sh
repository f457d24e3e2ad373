#!/bin/sh
# Renews the lease; prints "renewed", "fired" when it came too late, "gone" when the watchdog has ended.
# usage: watchdog-renew.sh DIR
. "${0%/*}/lib/watchdog.sh"
dir=$1
fired() { [ -e "$dir/fired" ] || [ -e "$dir/firing" ]; }
fired && { echo fired; exit 0; }
kill -0 "$(cat "$dir/pid")" 2>/dev/null || { fired && echo fired || echo gone; exit 0; }
renew && echo renewed
