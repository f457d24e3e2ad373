#!/bin/sh
# remove PATH...: tries again for some seconds while a program that is ending still writes there.
remove() {
  tries=0
  until rm -rf -- "$@" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || { rm -rf -- "$@"; return; }
    sleep 0.25 2>/dev/null || sleep 1
  done
}
