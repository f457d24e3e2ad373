#!/bin/sh
# Prints how far cloud-init is with this boot: none, running, or done and its result.
# usage: boot-state.sh
command -v cloud-init >/dev/null 2>&1 || { echo none; exit 0; }
[ ! -e /run/cloud-init/disabled ] || { echo none; exit 0; }
[ -e /var/lib/cloud/instance/boot-finished ] && [ -e /run/cloud-init/result.json ] || { echo running; exit 0; }
echo 'done'
cat /run/cloud-init/result.json
