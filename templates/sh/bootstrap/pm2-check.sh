#!/bin/sh
# Looks for PM2, and the unit that brings its services back after a restart.
# usage: pm2-check.sh USER VERSION UNIT COPIED PATTERN [NPM_OPTION...]
. "${0%/*}/../lib/bootstrap-check.sh"
. "${0%/*}/../lib/bootstrap-pm2.sh"
has pm2 && fine "PM2" || change "PM2 $version"
same "$unit" "$text" && on "fanops-pm2-$user.service" || change "services come back after a restart of the host"
