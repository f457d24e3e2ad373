#!/bin/sh
# Sets room aside, of random bytes: a file system that compresses would set nothing aside for zeros.
# usage: reserve-keep.sh DIR SIZE BESIDE   BESIDE: bytes that must be free beside it
umask 077
file=$1/reserve draft=$1/.reserve.$$
mkdir -p "$1" || exit 1
[ -f "$file" ] && [ "$(wc -c < "$file")" -ge "$2" ] && exit 0
fill() { head -c "$1" /dev/urandom > "$2" && [ "$(wc -c < "$2")" -ge "$1" ]; }
fill "$2" "$draft" && fill "$3" "$draft.beside" && rm -f "$draft.beside" && mv -f "$draft" "$file" && exit 0
rm -f "$draft" "$draft.beside"
exit 1
