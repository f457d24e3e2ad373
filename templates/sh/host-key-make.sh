#!/bin/sh
# As root: makes a new host key beside the one in use, once, and prints its public half.
# usage: host-key-make.sh DRAFT COMMENT
umask 077
draft=$1
[ -s "$draft.pub" ] || { rm -f "$draft" "$draft.pub"; ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$draft"; } || exit 1
cat "$draft.pub"
