#!/bin/sh
# Takes the lock; the holder as JSON is read from standard input. Prints "acquired N", or "held N SECONDS" and the
# holder.
# usage: lock-acquire.sh DIR TOKEN TTL TAKE   TAKE: number of a holder that is known to be dead, else 0
. "${0%/*}/lib/lock.sh"
token=$2 ttl=$3 take=$4
new="$dir/.new.$token"
trap 'rm -f "$new" "$new.json"' EXIT
cat > "$new.json" || exit 1
tries=0
while [ $tries -lt 20 ]; do
  tries=$((tries + 1))
  highest
  if [ "$n" -gt 0 ]; then
    left
    if [ "$left" -gt 0 ] && [ "$take" != "$n" ]; then
      echo "held $n $left"
      sed 1d "$dir/lock.$n"
      exit 0
    fi
  fi
  mine=$((n + 1))
  { echo $(( $(date +%s) + ttl )); cat "$new.json"; } > "$new" || exit 1
  ln "$new" "$dir/lock.$mine" 2>/dev/null || continue
  highest
  if [ "$n" -ne "$mine" ]; then rm -f "$dir/lock.$mine"; continue; fi
  for f in "$dir"/lock.* "$dir"/until.* "$dir"/released.*; do
    i=${f##*.}
    case $i in ''|*[!0-9]*) continue ;; esac
    [ "$i" -lt "$mine" ] && rm -f "$f"
  done
  echo "acquired $mine"
  exit 0
done
echo "could not take the lock in $dir" >&2
exit 1
