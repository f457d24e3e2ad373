#!/bin/sh
# Prints two lists, what PM2 runs and what a reboot brings back; starts no PM2 where none runs.
# usage: pm2-look.sh PROGRAM_RUNS PROGRAM_SAVED
. "${0%/*}/lib/pm2.sh"
command -v node > /dev/null 2>&1 || { echo '[]'; echo '[]'; exit 0; }
daemon=$(cat "${PM2_HOME:-$HOME/.pm2}/pm2.pid" 2>/dev/null)
if [ -n "$daemon" ] && alive "$daemon"; then pm2_clean jlist | node -e "$1" || exit 1; else echo '[]'; fi
echo '[]' | node -e "$2"
