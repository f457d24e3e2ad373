#!/bin/sh
# Removes a folder or a file; absent is fine.
# usage: remove-tree.sh PATH
. "${0%/*}/lib/remove.sh"
remove "$1"
