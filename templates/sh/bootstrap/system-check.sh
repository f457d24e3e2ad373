#!/bin/sh
# Looks whether the system is one that fanops prepares, and whether files that it may write are its own.
# usage: system-check.sh [FILE PATTERN]...
. "${0%/*}/../lib/bootstrap-check.sh"
# shellcheck source=/dev/null
. /etc/os-release 2>/dev/null
has apt-get && fine "${PRETTY_NAME:-Debian}" || change "another system than ${PRETTY_NAME:-this one} is needed"
while [ $# -gt 1 ]; do
  ours "$1" "$2" || change "$1 is there, and is not of fanops: it is refused"
  shift 2
done
