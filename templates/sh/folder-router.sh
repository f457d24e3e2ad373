#!/bin/sh
# Prints what lies in the folder of the router; "proof" when nobody but fanops can have made it, "not NAME" for a file
# that is not of fanops.
# usage: folder-router.sh DIR
. "${0%/*}/lib/folder.sh"
if [ -f router.cjs ] && ! grep -q 'holder\.json' router.cjs; then
  echo "not router.cjs"
elif [ -f router.json ]; then
  grep -q '"mark"' router.json && echo proof || echo "not router.json"
fi
true
