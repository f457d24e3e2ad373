#!/bin/sh
# Prints the folders of a folder that a process works in, each once; nothing where the system does not tell.
# usage: worked-in.sh DIR
cd -P -- "$1" 2>/dev/null || exit 0
here=$(pwd -P)
for each in /proc/[0-9]*/cwd; do readlink -- "$each" 2>/dev/null; done | while IFS= read -r in; do
  case $in in "$here"/*) in=${in#"$here"/}; echo "${in%%/*}" ;; esac
done | sort -u
