#!/bin/sh
# Writes standard input as a file, in one step. The size is compared because a lost link looks like the end of the
# input: a cut file must not take the place of a whole one.
# usage: put-file.sh FILE FOLDER DRAFT MODE SIZE
if [ -d "$1" ]; then
  echo "$1: is a directory" >&2
  exit 1
fi
mkdir -p "$2" && umask 077 && cat > "$3" &&
  { [ "$(($(wc -c < "$3")))" -eq "$5" ] || { echo "the input was cut off" >&2; false; }; } &&
  chmod "$4" "$3" && mv -f "$3" "$1" || { rm -f "$3"; exit 1; }
