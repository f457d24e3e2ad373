#!/bin/sh
# Installs the Node of the distribution.
# usage: node-distribution.sh MAJOR BROUGHT COPIED FINGERPRINT PATTERN
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-node-offered.sh"
lists
major=$(offered)
[ -n "$major" ] || {
  lacks nodejs || true
  echo "the distribution has no package of Node${unreached:+ in reach}" >&2
  exit 1
}
[ "$major" -ge "$1" ] || { echo "the distribution has Node $major; $1 or newer is needed" >&2; exit 1; }
get nodejs
has npm || get npm
