#!/bin/sh
# Prints what lies in the folder $1, and goes there: "dir NAME", "file NAME", "link NAME"; "other DIR" where it is none.
dir=$1
cd -- "$dir" 2>/dev/null || { [ -e "$dir" ] || [ -L "$dir" ] || exit 0; echo "other $dir"; exit 0; }
for each in * .*; do
  case $each in .|..|.fanops-*|*.new.*) continue ;; esac
  if [ -L "$each" ]; then echo "link $each"
  elif [ -d "$each" ]; then echo "dir $each"
  elif [ -e "$each" ]; then echo "file $each"
  fi
done
