#!/bin/sh
# Brings the list that a reboot brings back up to date.
# usage: pm2-save.sh PROGRAM [NAME FOLDER]...
. "${0%/*}/lib/pm2.sh"
umask 077
program=$1
shift
pm2_clean jlist | node -e "$program" "$@"
