/**
 * Command lines for the lock that keeps two operators off one service. It lives on the hosts as numbered files:
 * `lock.N` (first line: end of the lease in epoch seconds of the host's clock; rest: the holder as JSON), `until.N` (a
 * renewed lease),
 * `released.N`. Taking it is one link(2) to the next number, which only one can win; the number is the fencing number.
 */
const COMMON = `
set -u
dir=$1
umask 077
mkdir -p "$dir" || exit 1
highest() {
  n=0
  for f in "$dir"/lock.*; do
    i=\${f##*/lock.}
    case $i in ''|*[!0-9]*) continue ;; esac
    [ "$i" -gt "$n" ] && n=$i
  done
}
left() {
  now=$(date +%s)
  until=$(sed -n 1p "$dir/lock.$n" 2>/dev/null)
  renewed=$(cat "$dir/until.$n" 2>/dev/null)
  [ "\${renewed:-0}" -gt "\${until:-0}" ] && until=$renewed
  left=$(( \${until:-0} - now ))
  [ -e "$dir/released.$n" ] && left=0
}
`;

const ACQUIRE = `${COMMON}
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
    i=\${f##*.}
    case $i in ''|*[!0-9]*) continue ;; esac
    [ "$i" -lt "$mine" ] && rm -f "$f"
  done
  echo "acquired $mine"
  exit 0
done
echo "could not take the lock in $dir" >&2
exit 1
`;

const RENEW = `${COMMON}
mine=$2 ttl=$3
highest
if [ "$n" -ne "$mine" ] || [ -e "$dir/released.$mine" ]; then echo lost; exit 0; fi
echo $(( $(date +%s) + ttl )) > "$dir/.until.$mine" && mv -f "$dir/.until.$mine" "$dir/until.$mine" || exit 1
highest
[ "$n" -eq "$mine" ] && echo renewed || echo lost
`;

const RELEASE = `${COMMON}
[ -e "$dir/lock.$2" ] && : > "$dir/released.$2"
exit 0
`;

const SHOW = `
dir=$1
[ -d "$dir" ] || { echo free 0; exit 0; }
${COMMON}
highest
[ "$n" -gt 0 ] || { echo free 0; exit 0; }
left
if [ "$left" -gt 0 ]; then echo "held $n $left"; sed 1d "$dir/lock.$n"; else echo "free $n"; fi
`;

const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops-lock', ...args];

/**
 * Takes the lock; the holder's JSON goes to standard input. `take`: number of a holder known to be dead, whose lease is
 * not waited for.
 */
export const acquireLock = (dir: string, token: string, ttlSeconds: number, take = 0): string[] =>
  sh(ACQUIRE, dir, token, String(ttlSeconds), String(take));

/** Renews the lease of holder number `fence`; prints `renewed` or `lost`. */
export const renewLock = (dir: string, fence: number, ttlSeconds: number): string[] =>
  sh(RENEW, dir, String(fence), String(ttlSeconds));

/** Releases the lock of holder number `fence`, also somebody else's (`fanops lock break`). */
export const releaseLock = (dir: string, fence: number): string[] => sh(RELEASE, dir, String(fence));

/** Prints who holds the lock, without taking it. */
export const showLock = (dir: string): string[] => sh(SHOW, dir);

/** What the lock commands print, parsed. `fence` is the number of the holder, or of the last one when it is free. */
export type LockAnswer =
  | { state: 'acquired'; fence: number }
  | { state: 'held'; fence: number; secondsLeft: number; holder: string }
  | { state: 'free'; fence: number };

/** @throws Error when the text is none of the commands' answers. */
export function parseLockAnswer(stdout: string): LockAnswer {
  const [head = '', ...rest] = stdout.split('\n');
  const [state, fence = '', left = ''] = head.trim().split(' ');
  if (state === 'acquired') return { state, fence: Number(fence) };
  if (state === 'free') return { state, fence: Number(fence) };
  if (state === 'held')
    return { state, fence: Number(fence), secondsLeft: Number(left), holder: rest.join('\n').trim() };
  throw new Error(`Unexpected answer of the lock command: ${JSON.stringify(stdout.slice(0, 200))}`);
}
