#!/bin/sh
# Removes what fanops has in a folder, and the folder when nothing else is in it; prints what is left.
# usage: folder-remove.sh DIR NAME...
. "${0%/*}/lib/remove.sh"
dir=$1; shift
[ -d "$dir" ] || exit 0
cd -- "$dir" || exit 1
for name; do remove "$name" "$name".* ".$name".* || exit 1; done
rm -rf -- .fanops-*
cd - > /dev/null || exit 1
rmdir -- "$dir" 2>/dev/null || ls -A -- "$dir"
