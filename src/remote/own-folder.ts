import { REMOVE } from './files.js';
import { routerDir, serviceDir } from './layout.js';

const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops-folder', ...args];

/** What fanops has in a folder of its own on a host. A name may stand for those that begin with it and a dot. */
interface OwnFolder {
  dir: string;
  names: Readonly<Record<string, 'dir' | 'file' | 'link'>>;
  /** Shell that prints `proof` in the folder when nobody but fanops can have made it. */
  proof: string;
}

/** The folder of a service on an app host. */
const serviceFolder = (service: string): OwnFolder => ({
  dir: serviceDir(service),
  names: {
    releases: 'dir',
    logs: 'dir',
    state: 'dir',
    current: 'link',
    'service.json': 'file',
    'ecosystem.json': 'file',
  },
  proof: `
for file in releases/*/release.json; do [ -f "$file" ] && echo proof && break; done
[ ! -f service.json ] || { grep -q '"release"' service.json && grep -q '"run"' service.json && echo proof; } || echo "not service.json"
if [ -L current ]; then
  case $(readlink current) in releases/*/*) echo "not current" ;; releases/*|"$PWD"/releases/*) ;; *) echo "not current" ;; esac
fi`,
});

/** The folder of the router on its host. */
const routerFolder: OwnFolder = {
  dir: routerDir,
  names: {
    'router.cjs': 'file',
    'router.json': 'file',
    'ecosystem.json': 'file',
    'applied.json': 'file',
    'holder.json': 'file',
    'access.log': 'file',
    routes: 'dir',
    logs: 'dir',
    ca: 'dir',
    tls: 'dir',
    templates: 'dir',
    reserve: 'dir',
    nginx: 'dir',
    haproxy: 'dir',
  },
  proof: `
[ ! -f router.cjs ] || grep -q 'holder\\.json' router.cjs && { [ ! -f router.json ] || { grep -q '"mark"' router.json && echo proof; } || echo "not router.json"; } || echo "not router.cjs"`,
};

const LOOK = `
dir=$1
cd -- "$dir" 2>/dev/null || { [ -e "$dir" ] || [ -L "$dir" ] || exit 0; echo "other $dir"; exit 0; }
for each in * .*; do
  case $each in .|..|.fanops-*|*.new.*) continue ;; esac
  if [ -L "$each" ]; then echo "link $each"
  elif [ -d "$each" ]; then echo "dir $each"
  elif [ -e "$each" ]; then echo "file $each"
  fi
done
`;

const lookAt = ({ dir, proof }: OwnFolder): string[] => sh(`${LOOK}${proof}\ntrue`, dir);

/**
 * Why a folder is not, or not only, one of fanops; undefined when it is, or is not there. @param stdout what `lookAt`
 * printed
 */
function problemOf({ dir, names }: OwnFolder, stdout: string): string | undefined {
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): [string, string] => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
  const proven = stdout.split('\n').includes('proof');
  const foreign = lines.find(([type]) => type === 'not');
  if (foreign) return `${dir}/${foreign[1]} is not what fanops writes there`;
  for (const [type, name] of lines) {
    if (type === 'other') return `${dir} is no folder`;
    const known = Object.keys(names).find((each) => name === each || name.startsWith(`${each}.`));
    if (known === undefined && !proven && type !== 'proof')
      return `${dir} holds ${name}, which fanops did not put there`;
    const wanted = known !== undefined && known === name ? names[known] : undefined;
    // A folder may be a link to a place with more room.
    if (wanted !== undefined && wanted !== type && !(wanted === 'dir' && type === 'link'))
      return `${dir}/${name} is ${NOUNS[type] ?? 'something else'}, not ${NOUNS[wanted]}`;
  }
  return undefined;
}

const NOUNS: Readonly<Record<string, string>> = { dir: 'a folder', file: 'a file', link: 'a link' };

/** A look at a folder, and what it tells: why the folder is not one of fanops. */
export interface FolderLook {
  argv: string[];
  problem(stdout: string): string | undefined;
}

const look = (folder: OwnFolder): FolderLook => ({
  argv: lookAt(folder),
  problem: (stdout) => problemOf(folder, stdout),
});
export const lookAtServiceFolder = (service: string): FolderLook => look(serviceFolder(service));
export const lookAtRouterFolder = (): FolderLook => look(routerFolder);

const REMOVE_OWN = `${REMOVE}
dir=$1; shift
[ -d "$dir" ] || exit 0
cd -- "$dir" || exit 1
for name; do remove "$name" "$name".* ".$name".* || exit 1; done
rm -rf -- .fanops-*
cd - > /dev/null || exit 1
rmdir -- "$dir" 2>/dev/null || ls -A -- "$dir"
`;

/** Removes what fanops has in the router's folder, and the folder when nothing else is in it; prints what is left. */
export const removeRouterFolder = (): string[] => sh(REMOVE_OWN, routerFolder.dir, ...Object.keys(routerFolder.names));
