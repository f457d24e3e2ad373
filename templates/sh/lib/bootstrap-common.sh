#!/bin/sh
# Functions of the tasks that prepare a host. Answers of programs are read, so they speak one language: LANGUAGE goes
# before LC_ALL.
LC_ALL=C.UTF-8 LANGUAGE=
export LC_ALL LANGUAGE
change() { printf 'change %s\n' "$*"; }
fine() { printf 'done %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
in_container() { systemd-detect-virt --quiet --container 2>/dev/null; }
on() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
# ours PATH PATTERN: nothing has that name, or a file with a line that only fanops writes.
ours() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  [ -f "$1" ] && [ ! -L "$1" ] && grep -qE -e "$2" -- "$1"
}
same() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
