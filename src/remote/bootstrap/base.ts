import { bareKey } from '../host-key.js';
import { LINES, ownFiles } from './own-files.js';
import { task, type BootstrapTask } from './task.js';

/**
 * The system: the other tasks are written for Debian and Ubuntu, and leave alone what is not of fanops. Looked at
 * before anything is changed.
 * @param files what fanops may write outside of its own folders, and the line by which each is known
 */
export const system = (
  user: string,
  files: readonly (readonly [path: string, line: string])[] = ownFiles(user),
): BootstrapTask =>
  task(
    {
      check: `
. /etc/os-release 2>/dev/null
has apt-get && fine "\${PRETTY_NAME:-Debian}" || change "another system than \${PRETTY_NAME:-this one} is needed"
while [ $# -gt 1 ]; do
  ours "$1" "$2" || change "$1 is there, and is not of fanops: it is refused"
  shift 2
done
`,
      apply: `
. /etc/os-release 2>/dev/null
while [ $# -gt 1 ]; do
  ours "$1" "$2" || foreign "$1"
  shift 2
done
has apt-get && exit 0
echo "fanops prepares Debian and Ubuntu; this is \${PRETTY_NAME:-something else}." >&2
exit 1
`,
    },
    files.flat(),
  );

/**
 * Reads the arguments; `gone` prints keys that fanops put there since the file listed them, and that it lists no more.
 * Those are remembered on the host.
 */
const KEYS = `
mark=/etc/fanops/ssh_keys
user=$1 mode=$2; shift 2
listed= all='|'
while [ "$1" != -- ]; do listed="$listed\${listed:+
}$1"; shift; done
shift
for key in "$@"; do all="$all$key|"; done
# Lines with options before the key are for something else.
holds() { awk -v key="$1" 'index($0, key) == 1 { found = 1 } END { exit !found }' "$2" 2>/dev/null; }
gone() {
  [ -f "$mark" ] || return 0
  while IFS= read -r key; do
    case $all in *"|$key|"*) ;; *) holds "$key" "$1" && printf '%s\\n' "$key" ;; esac
  done < "$mark"
}
# On a machine that fanops made, all that is listed came from it.
remembered() { [ "$mode" = added ] || [ "$(cat "$mark" 2>/dev/null)" = "$listed" ]; }
short() { printf '%s' "\${1%"\${1#????????????????????}"}..."; }
`;

/**
 * The login of deployments: with its keys, without a password, with the right to become root. A key that the fleet file
 * listed and lists no more is
 * taken away; those that others put there stay, and so do those of other operators.
 * @param keys all that may log in
 * @param listed those of them that the fleet file lists
 * @param made whether fanops made the machine. On another one a key that was there before it was listed stays when it
 * is listed no more: it may be the
 *   one by which the operator logs in
 */
export const login = (user: string, keys: readonly string[], listed: readonly string[], made: boolean): BootstrapTask =>
  task(
    {
      check: `${KEYS}
has sudo || change "sudo is installed"
getent passwd "$user" >/dev/null || change "login $user is made"
same "/etc/sudoers.d/90-fanops-$user" "$user ALL=(ALL) NOPASSWD:ALL" || change "$user may become root without a password"
home=$(getent passwd "$user" | cut -d: -f6)
for key in "$@"; do
  grep -qsF -- "$key" "$home/.ssh/authorized_keys" || change "$user may log in with the key $(short "$key")"
done
gone "$home/.ssh/authorized_keys" | while IFS= read -r key; do change "the key $(short "$key") is taken away"; done
remembered || change "the listed keys are remembered"
fine "$user"
`,
      apply: `${KEYS}
has sudo || get sudo
fresh=
getent passwd "$user" >/dev/null || { useradd --create-home --shell /bin/bash --comment fanops "$user"; fresh=yes; }
put "/etc/sudoers.d/90-fanops-$user" 440 "$user ALL=(ALL) NOPASSWD:ALL" '${LINES.sudoers}'
visudo -cq -f "/etc/sudoers.d/90-fanops-$user"
home=$(getent passwd "$user" | cut -d: -f6)
group=$(id -gn "$user")
install -d -m 700 -o "$user" -g "$group" "$home/.ssh"
list=$home/.ssh/authorized_keys
[ -f "$list" ] || install -m 600 -o "$user" -g "$group" /dev/null "$list"
[ -z "$(tail -c 1 "$list")" ] || echo >> "$list"
# Who could log in as root may log in as the new login; lines with options are for something else.
[ -z "$fresh" ] || grep -sE '^(ssh|ecdsa|sk)-' /root/.ssh/authorized_keys >> "$list" || true
added='|'
for key in "$@"; do
  grep -qsF -- "$key" "$list" || { printf '%s\\n' "$key" >> "$list"; added="$added$key|"; }
done
gone "$list" | while IFS= read -r key; do
  cp -p -- "$list" "$list.new"
  awk -v key="$key" 'index($0, key) != 1' "$list" > "$list.new"
  grep -qE '^[^#[:space:]]' "$list.new" || { rm -f "$list.new"; echo "without the key $(short "$key") nobody could log in as $user" >&2; exit 1; }
  mv -f -- "$list.new" "$list"
done
keep=$(printf '%s\\n' "$listed" | while IFS= read -r key; do
  case $mode$added in all*|*"|$key|"*) printf '%s\\n' "$key" ;; *) grep -sxF -- "$key" "$mark" || true ;; esac
done)
if [ -n "$keep" ]; then put "$mark" 644 "$keep"; else rm -f "$mark"; fi
`,
    },
    [user, made ? 'all' : 'added', ...listed.map(bareKey), '--', ...keys.map(bareKey)],
  );

/** The right time. A container has that of its machine. */
export const timeSync = (): BootstrapTask =>
  task({
    check: `
in_container && { fine "the clock is that of the machine"; exit 0; }
for unit in systemd-timesyncd chrony chronyd ntp ntpsec; do
  systemctl is-active --quiet "$unit" 2>/dev/null && { fine "$unit"; exit 0; }
done
change "systemd-timesyncd keeps the time"
`,
    apply: `
installed systemd-timesyncd || get systemd-timesyncd
systemctl unmask systemd-timesyncd.service 2>/dev/null || true
systemctl enable --now systemd-timesyncd.service
`,
  });

const PERIODIC = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";';

/** Security updates by themselves, without restarts of the machine. */
export const updates = (): BootstrapTask =>
  task(
    {
      check: `
installed unattended-upgrades || change "unattended-upgrades is installed"
case $(apt-config dump APT::Periodic::Unattended-Upgrade 2>/dev/null) in *'"1"'*) fine "daily" ;; *) change "security updates are installed daily" ;; esac
for timer in apt-daily.timer apt-daily-upgrade.timer; do on "$timer" || change "$timer is on"; done
`,
      apply: `
installed unattended-upgrades || get unattended-upgrades
put /etc/apt/apt.conf.d/52fanops-upgrades 644 "$1" '${LINES.upgrades}'
for timer in apt-daily.timer apt-daily-upgrade.timer; do
  systemctl unmask "$timer" 2>/dev/null || true
  systemctl enable --now "$timer"
done
`,
    },
    [PERIODIC],
  );

/** Swap where memory is small and there is none: an npm install may need more than 1 GiB. */
export const swap = (): BootstrapTask =>
  task({
    check: `
memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)
in_container && { fine "swap is a matter of the machine"; exit 0; }
# A machine sold with 2 GiB shows a little less.
[ "$memory" -lt 1800 ] || { fine "$memory MiB of memory need none"; exit 0; }
[ -n "$(tail -n +2 /proc/swaps)" ] && { fine "$memory MiB of memory, with swap"; exit 0; }
change "2 GiB of swap beside $memory MiB of memory"
`,
    apply: `
file=/swapfile
[ -n "$(tail -n +2 /proc/swaps)" ] && exit 0
# A file of that name that is no swap is somebody's.
[ ! -s "$file" ] || [ "$(tail -c +4087 "$file" | head -c 10)" = SWAPSPACE2 ] || { mkdir -p /var/lib/fanops; file=/var/lib/fanops/swapfile; }
swapoff "$file" 2>/dev/null || true
rm -f "$file"
(umask 077; fallocate -l 2G "$file" 2>/dev/null || dd if=/dev/zero of="$file" bs=1M count=2048 status=none)
chmod 600 "$file"
mkswap -q "$file" || mkswap "$file" >/dev/null
swapon "$file"
grep -qE "^$file[[:space:]]" /etc/fstab || printf '%s none swap sw 0 0\\n' "$file" >> /etc/fstab
`,
  });
