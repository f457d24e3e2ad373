/** One thing that a host gets. Both command lines run as root, can run again, and take all that varies as arguments. */
export interface BootstrapTask {
  /** Prints `change TEXT` for each thing that is missing, and `done TEXT` for what is there. Changes nothing. */
  check: string[];
  apply: string[];
  /** Milliseconds that applying may take. */
  timeoutMs: number;
}

/** What a check printed. */
export interface Looked {
  changes: string[];
  details: string[];
}

/** @param stdout what the check of a task printed */
export function parseLook(stdout: string): Looked {
  const after = (word: string): string[] => stdout.split('\n').filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  return { changes: after('change'), details: after('done') };
}

const COMMON = `
change() { printf 'change %s\\n' "$*"; }
fine() { printf 'done %s\\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
installed() { [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
in_container() { systemd-detect-virt --quiet --container 2>/dev/null; }
on() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
same() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
`;

const WORK = `
set -e
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH DEBIAN_FRONTEND=noninteractive
# What went wrong is on stderr; what went well fills screens. Another apt may be at work, above all right after the first boot, and a machine that lost
# its power may have left half of an installation: both pass, and only what does not is an error. All waiting of a task together is bounded.
patience=$(( $(date +%s) + 180 ))
apt() {
  mended=
  while :; do
    said=$(apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=30 -o Dpkg::Options::=--force-confold -o Acquire::Retries=3 "$@" </dev/null 2>&1 >/dev/null) && return 0
    case $said in
      *"dpkg was interrupted"*)
        [ -z "$mended" ] || break
        mended=yes
        echo "finishes an installation that was cut short"
        dpkg --force-confold --configure -a </dev/null >/dev/null || break ;;
      *"Could not get lock"*|*"Unable to lock"*|*"Unable to acquire"*)
        [ "$(date +%s)" -lt "$patience" ] || break
        printf 'waits for another apt: %s\\n' "$(printf '%s\\n' "$said" | grep -m 1 -o 'held by.*' || echo 'its lock is held')"
        sleep 3 ;;
      *) break ;;
    esac
  done
  printf '%s\\n' "$said" >&2
  return 1
}
# The lists are read anew when they are missing, older than a day, or do not do.
get() {
  echo "installs $*"
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null | head -n 1)" ] || apt update
  apt install -y --no-install-recommends "$@" || { apt update; apt install -y --no-install-recommends "$@"; }
}
# put PATH MODE TEXT: the whole file in one step.
put() {
  mkdir -p "$(dirname "$1")"
  printf '%s\\n' "$3" > "$1.new.$$"
  chmod "$2" "$1.new.$$"
  mv -f -- "$1.new.$$" "$1"
}
`;

/** A task from the bodies of its two scripts, which see the same arguments. */
export function task(bodies: { check: string; apply: string }, args: readonly string[] = [], timeoutMs = 300_000): BootstrapTask {
  const script = (...parts: string[]): string[] => ['sh', '-c', parts.join(''), 'fanops-bootstrap', ...args];
  return { check: script(COMMON, 'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"\n', bodies.check), apply: script(COMMON, WORK, bodies.apply), timeoutMs };
}
