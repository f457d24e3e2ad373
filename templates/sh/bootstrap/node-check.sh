#!/bin/sh
# Looks for Node of a major version, and npm.
# usage: node-check.sh MAJOR
. "${0%/*}/../lib/bootstrap-check.sh"
version=$(node --version 2>/dev/null)
major=${version#v}
major=${major%%.*}
if [ "${major:-0}" -ge "$1" ] 2>/dev/null; then
  fine "Node ${version#v}"
else
  change "Node $1 or newer${version:+, in place of $version}"
fi
has npm || change "npm"
