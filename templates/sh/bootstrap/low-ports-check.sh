#!/bin/sh
# Looks from which port on no root is needed.
# usage: low-ports-check.sh PORT PATTERN
. "${0%/*}/../lib/bootstrap-check.sh"
now=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
[ "$now" -le "$1" ] && fine "from $now on" || change "ports from $1 on need no root"
