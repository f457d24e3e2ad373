import { runScript } from '../core/host-script.js';
import { routerDir, serviceDir } from './layout.js';

/** What fanops has in a folder of its own on a host. A name may stand for those that begin with it and a dot. */
interface OwnFolder {
  dir: string;
  names: Readonly<Record<string, 'dir' | 'file' | 'link'>>;
  /** Prints what lies there, and `proof` when nobody but fanops can have made it. */
  script: string;
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
    'placement.json': 'file',
    'ecosystem.json': 'file',
  },
  script: 'folder-service',
});

/** The folder of the router on its host. @param engines folders of engines in it */
const routerFolder = (engines: readonly string[]): OwnFolder => ({
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
    ...Object.fromEntries(engines.map((name) => [name, 'dir' as const])),
  },
  script: 'folder-router',
});

const lookAt = ({ dir, script }: OwnFolder): string[] => runScript(script, 'fanops-folder', dir);

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
/** @param engines folders of engines in that of the router */
export const lookAtRouterFolder = (engines: readonly string[]): FolderLook => look(routerFolder(engines));

/** Removes what fanops has in the router's folder, and the folder when nothing else is in it; prints what is left. */
export function removeRouterFolder(engines: readonly string[]): string[] {
  const { dir, names } = routerFolder(engines);
  return runScript('folder-remove', 'fanops-folder', dir, ...Object.keys(names));
}
