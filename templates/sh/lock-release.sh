#!/bin/sh
# Releases the lock of a holder.
# usage: lock-release.sh DIR NUMBER
. "${0%/*}/lib/lock.sh"
[ -e "$dir/lock.$2" ] && : > "$dir/released.$2"
exit 0
