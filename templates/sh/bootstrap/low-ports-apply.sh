#!/bin/sh
# Lets programs without root listen from a port on.
# usage: low-ports-apply.sh PORT PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
put /etc/sysctl.d/60-fanops-ports.conf 644 "net.ipv4.ip_unprivileged_port_start = $1" "$2"
sysctl -q -p /etc/sysctl.d/60-fanops-ports.conf
