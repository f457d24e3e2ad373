#!/bin/sh
# Prints who holds the lock: "held N SECONDS" and the holder, or "free N".
# usage: lock-show.sh DIR
dir=$1
[ -d "$dir" ] || { echo free 0; exit 0; }
. "${0%/*}/lib/lock.sh"
highest
[ "$n" -gt 0 ] || { echo free 0; exit 0; }
left
if [ "$left" -gt 0 ]; then echo "held $n $left"; sed 1d "$dir/lock.$n"; else echo "free $n"; fi
