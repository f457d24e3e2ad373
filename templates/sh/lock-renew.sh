#!/bin/sh
# Renews the lease of a holder; prints "renewed" or "lost".
# usage: lock-renew.sh DIR NUMBER TTL
. "${0%/*}/lib/lock.sh"
mine=$2 ttl=$3
highest
if [ "$n" -ne "$mine" ] || [ -e "$dir/released.$mine" ]; then echo lost; exit 0; fi
echo $(( $(date +%s) + ttl )) > "$dir/.until.$mine" && mv -f "$dir/.until.$mine" "$dir/until.$mine" || exit 1
highest
[ "$n" -eq "$mine" ] && echo renewed || echo lost
