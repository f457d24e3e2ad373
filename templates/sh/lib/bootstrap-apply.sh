#!/bin/sh
# What the work of a task has.
. "${0%/*}/../lib/bootstrap-common.sh"
set -e
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH DEBIAN_FRONTEND=noninteractive
# What went wrong is on stderr; what went well fills screens. Another apt may be at work, above all right after the
# first boot, and a machine that lost its power may have left half of an installation: both pass, and only what does not
# is an error. All waiting of a task together is bounded.
patience=$(( $(date +%s) + 180 ))
out=/dev/null within=''
apt() {
  mended='' waited='' anew=''
  while :; do
    said=$($within apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -o Acquire::Retries=3 "$@" \
      </dev/null 2>&1 >"$out") && return 0
    case $said in
      *"dpkg was interrupted"*)
        [ -z "$mended" ] || break
        mended=yes
        echo "finishes an installation that was cut short"
        dpkg --force-confold --configure -a </dev/null >/dev/null || break ;;
      *"Could not get lock"*|*"Unable to lock"*|*"Unable to acquire"*)
        [ "$(date +%s)" -lt "$patience" ] || break
        holder=$(printf '%s\n' "$said" | grep -m 1 -o 'held by.*' || echo 'its lock is held')
        [ "$holder" = "$waited" ] || printf 'waits for another apt: %s\n' "$holder"
        waited=$holder
        sleep 3 ;;
      *"Sub-process /usr/bin/dpkg returned"*)
        half=$(dpkg-query -W -f '${db:Status-Eflag} ${binary:Package}\n' | sed -n 's/^reinstreq //p')
        [ -n "$half" ] && [ -z "$anew" ] || break
        anew=yes
        # shellcheck disable=SC2086 # a list of packages
        echo "installs anew what was half installed:" $half
        # shellcheck disable=SC2086 # a list of packages
        apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install -y --reinstall $half \
          </dev/null >/dev/null || break ;;
      *"needs to be reinstalled"*)
        said="$said
a package is half installed and no source of packages has it: install its file (dpkg --install FILE), or take it off \
(dpkg --remove --force-remove-reinstreq PACKAGE)"
        break ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$said" >&2
  return 1
}
# Reads the lists anew. Sources that fail beside others that answer are told and left out, as what is wanted may come
# from the others.
unreached='' failing=''
refresh() {
  out=$(mktemp) within='timeout -k 10 180' status=0 failing=''
  apt update -q=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o APT::Update::Error-Mode=any \
    2> "$out.said" || status=1
  if grep -qE '^(Hit|Get):' "$out"; then
    [ "$status" = 0 ] ||
      failing=$(sed -nE '/Some index files/d; s/^[EW]: /a source of packages fails: /p' "$out.said" | head -n 4)
    [ -z "$failing" ] || printf '%s\n' "$failing"
    status=0
  elif [ "$status" = 0 ] || grep -q 'Failed to fetch' "$out.said" || ! grep -q '[^[:space:]]' "$out.said"; then
    unreached=yes status=0
    cat "$out.said" >&2
  else
    cat "$out.said" >&2
  fi
  rm -f "$out" "$out.said"
  out=/dev/null within=''
  return "$status"
}
lists() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null | head -n 1)" ] || refresh
}
# Says why packages cannot be had; the last line is the way out.
lacks() {
  [ -z "$failing" ] || printf '%s\n' "$failing" >&2
  [ -z "$unreached" ] ||
    echo "no source of packages can be reached, and $* is missing: set a proxy (Acquire::http::Proxy in" \
      "/etc/apt/apt.conf.d) or a mirror that this host reaches, or start from an image that has it" >&2
  return 1
}
# The lists are read anew when they are missing, older than a day, or do not do.
get() {
  echo "installs $*"
  lists || return 1
  apt install -y --no-install-recommends "$@" && return 0
  [ -n "$unreached" ] || { refresh && apt install -y --no-install-recommends "$@" && return 0; }
  lacks "$*"
}
foreign() {
  echo "$1 is there, and is not of fanops: it is left alone. Move it away, then run this again." >&2
  exit 1
}
# put PATH MODE TEXT [PATTERN]: the whole file in one step. Outside of fanops' own folders, what is there must have a
# line of that pattern.
put() {
  [ -z "${4-}" ] || ours "$1" "$4" || foreign "$1"
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$3" > "$1.new.$$"
  chmod "$2" "$1.new.$$"
  mv -f -- "$1.new.$$" "$1"
}
