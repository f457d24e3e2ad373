#!/bin/sh
# Prints what lies in the folder of a service; "proof" when nobody but fanops can have made it, "not NAME" for a file
# that is not of fanops.
# usage: folder-service.sh DIR
. "${0%/*}/lib/folder.sh"
for file in releases/*/release.json; do [ -f "$file" ] && echo proof && break; done
if [ -f service.json ]; then
  grep -q '"release"' service.json && grep -q '"run"' service.json && echo proof || echo "not service.json"
fi
if [ -f placement.json ]; then
  grep -q '"placement"' placement.json && grep -q '"run"' placement.json && echo proof || echo "not placement.json"
fi
if [ -L current ]; then
  case $(readlink current) in
    releases/*/*) echo "not current" ;;
    releases/*|"$PWD"/releases/*) ;;
    *) echo "not current" ;;
  esac
fi
true
