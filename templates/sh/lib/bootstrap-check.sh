#!/bin/sh
# What the look of a task has. It prints "change TEXT" for each thing that is missing, "done TEXT" for what is there.
. "${0%/*}/../lib/bootstrap-common.sh"
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
