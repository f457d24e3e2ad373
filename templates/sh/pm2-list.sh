#!/bin/sh
# Prints PM2's list, picked on the host.
# usage: pm2-list.sh PROGRAM jlist
. "${0%/*}/lib/pm2.sh"
pick=$1
shift
pm2_clean "$@" | node -e "$pick"
