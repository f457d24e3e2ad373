import { LINES } from './own-files.js';
import { task, type BootstrapTask } from './task.js';

/** Where Node comes from. */
export const NODE_SOURCES = ['distribution', 'nodesource', 'tarball', 'copy'] as const;
export type NodeSource = (typeof NODE_SOURCES)[number];

/** Major version of Node that is brought where the distribution's does not do: the long-term release. */
const NODE_MAJOR = 24;

/**
 * Fingerprint of the key that signs NodeSource's packages. Source:
 * https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key
 */
export const NODESOURCE_KEY = '6F71F525282841EEDAF851B42F59B5F99B1BE0B4';

/** Where a Node that no package brought lies. */
const HOME = '/opt/fanops/node';

/** Puts the Node below $1 into the place of an older one, once it has shown that it runs here. */
const TAKE = `
take() {
  # What is no link to a Node of fanops was put there by somebody else.
  for name in node npm npx; do
    case $(readlink "/usr/local/bin/$name" 2>/dev/null) in /opt/fanops/*) continue ;; esac
    if [ -e "/usr/local/bin/$name" ] || [ -L "/usr/local/bin/$name" ]; then foreign "/usr/local/bin/$name"; fi
  done
  "$1/bin/node" --version
  rm -rf ${HOME}.old
  [ ! -e ${HOME} ] || mv ${HOME} ${HOME}.old
  mv "$1" ${HOME}
  rm -rf ${HOME}.old
  mkdir -p /usr/local/bin
  ln -sfn ${HOME}/bin/node /usr/local/bin/node
  for tool in npm npx; do
    ln -sfn "${HOME}/lib/node_modules/npm/bin/$tool-cli.js" "/usr/local/bin/$tool"
  done
}
`;

const CHECK = `
version=$(node --version 2>/dev/null)
major=\${version#v}
major=\${major%%.*}
if [ "\${major:-0}" -ge "$1" ] 2>/dev/null; then fine "Node \${version#v}"; else change "Node $1 or newer$([ -z "$version" ] || echo ", in place of $version")"; fi
has npm || change "npm"
`;

/** Major version of the Node that the sources of packages have now; empty where they have none. */
const OFFERED = `
offered() {
  candidate=$(apt-cache policy nodejs | awk '$1 == "Candidate:" { print $2 }')
  candidate=\${candidate#*:}
  candidate=\${candidate%%.*}
  case $candidate in *[!0-9]*) ;; *) printf '%s' "$candidate" ;; esac
}
`;

const DISTRIBUTION = `${OFFERED}
lists
major=$(offered)
[ -n "$major" ] || { lacks nodejs || true; echo "the distribution has no package of Node\${unreached:+ in reach}" >&2; exit 1; }
[ "$major" -ge "$1" ] || { echo "the distribution has Node $major; $1 or newer is needed" >&2; exit 1; }
get nodejs
has npm || get npm
`;

const FETCH = `
has curl || get curl ca-certificates
fetch() { curl --fail --silent --show-error --location --proto '=https' --connect-timeout 15 --retry 2 --max-time 300 "$@"; }
`;

/**
 * Only packages of the key with the fingerprint $4 are taken. Of a source that is refused nothing is left: it would
 * break every later update.
 */
const NODESOURCE = `${FETCH}${OFFERED}
list=/etc/apt/sources.list.d/fanops-nodesource.sources
key=/etc/apt/keyrings/fanops-nodesource.asc
ours "$list" '${LINES.nodesource}' || foreign "$list"
taken=
trap '[ -n "$taken" ] || rm -f "$list" "$key" "$key.new" /var/lib/apt/lists/deb.nodesource.com_* /var/lib/apt/lists/partial/deb.nodesource.com_*' EXIT
mkdir -p /etc/apt/keyrings
fetch https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key -o "$key.new"
mv -f "$key.new" "$key"
chmod 644 "$key"
put "$list" 644 "Types: deb
URIs: https://deb.nodesource.com/node_$2.x
Suites: nodistro
Components: main
Signed-By: $key $4"
# Other sources have no say in whether this one answers.
apt update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any
major=$(offered)
[ "\${major:-0}" -ge "$1" ] || { echo "NodeSource has no Node of $1 or newer for this system" >&2; exit 1; }
apt install -y nodejs
taken=yes
`;

const TARBALL = `${FETCH}${TAKE}
case $(uname -m) in
  x86_64) arch=x64 ;; aarch64) arch=arm64 ;; ppc64le|s390x) arch=$(uname -m) ;;
  *) echo "nodejs.org has no build for $(uname -m)" >&2; exit 1 ;;
esac
base=https://nodejs.org/dist/latest-v$2.x
mkdir -p ${HOME}.new
cd ${HOME}.new
trap 'rm -rf ${HOME}.new' EXIT
fetch "$base/SHASUMS256.txt" -o sums
line=$(grep -E " node-v[0-9.]+-linux-$arch[.]tar[.]gz$" sums) || { echo "nodejs.org has no build of Node $2 for $arch" >&2; exit 1; }
file=\${line##* }
fetch "$base/$file" -o "$file"
printf '%s\\n' "$line" | sha256sum -c -
tar -xzf "$file"
take "${HOME}.new/\${file%.tar.gz}"
`;

/**
 * The files lie in the folder that the third argument names, below the login's home: `bin/node` and
 * `lib/node_modules/npm`.
 */
const COPY = `${TAKE}
mkdir -p /opt/fanops
rm -rf ${HOME}.new
cp -R -- "$3" ${HOME}.new
chown -R root:root ${HOME}.new
chmod -R u=rwX,go=rX ${HOME}.new
chmod 755 ${HOME}.new/bin/node
take ${HOME}.new
`;

const APPLY = {
  distribution: DISTRIBUTION,
  nodesource: NODESOURCE,
  tarball: TARBALL,
  copy: COPY,
} as const satisfies Record<NodeSource, string>;

/**
 * Node from one source, when the host has none of at least `major`.
 * Sources: https://github.com/nodesource/distributions, https://nodejs.org/dist (sums in SHASUMS256.txt).
 * @param copied folder with a Node of the control machine, for `copy`
 * @param signer fingerprint of the only key whose packages NodeSource may offer; another one is for tests with a
 * repository of their own
 */
export const node = (major: number, source: NodeSource, copied = '', signer = NODESOURCE_KEY): BootstrapTask =>
  task({ check: CHECK, apply: APPLY[source] }, [String(major), String(NODE_MAJOR), copied, signer], 600_000);
