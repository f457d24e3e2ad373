#!/bin/sh
# PM2's client.
# usage: pm2.sh ARG...
. "${0%/*}/lib/pm2.sh"
pm2_clean "$@"
