#!/bin/sh
# Reads the arguments of PM2's tasks.
# shellcheck disable=SC2034 # variables are for the scripts that include it
user=$1 version=$2 copied=$4 pattern=$5 unit=/etc/systemd/system/fanops-pm2-$1.service
home=$(getent passwd "$user" | cut -d: -f6)
text=$(printf '%s\n' "$3" | sed "s|@HOME@|$home|g")
shift 5
