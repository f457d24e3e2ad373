#!/bin/sh
# Looks whether memory is small and there is no swap.
# usage: swap-check.sh 
. "${0%/*}/../lib/bootstrap-check.sh"
memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)
in_container && { fine "swap is a matter of the machine"; exit 0; }
# A machine sold with 2 GiB shows a little less.
[ "$memory" -lt 1800 ] || { fine "$memory MiB of memory need none"; exit 0; }
[ -n "$(tail -n +2 /proc/swaps)" ] && { fine "$memory MiB of memory, with swap"; exit 0; }
change "2 GiB of swap beside $memory MiB of memory"
