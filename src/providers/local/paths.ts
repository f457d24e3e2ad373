import { join, resolve } from 'node:path';
import { PreconditionError, UserError } from '../../core/errors.js';

/** Longest path of a Unix socket that both Linux (108 bytes) and macOS (104 bytes) take, without the closing NUL. */
const LONGEST_SOCKET = 103;

/** Where everything of one local host is. Nothing is ever written outside `dir`, but for the fleet's key. */
export interface HostPaths {
  root: string;
  fleetDir: string;
  /** Private key with which the operator logs in to all local hosts of the fleet; the public one is beside it. */
  operatorKey: string;
  dir: string;
  home: string;
  bin: string;
  tools: string;
  tmp: string;
  pm2Home: string;
  /** One file for each process group that the server started and that may still run. */
  groups: string;
  hostKey: string;
  authorizedKeys: string;
  /** What the host is: HostRecord. */
  record: string;
  /** The server that runs: ProcessIdentity. */
  server: string;
  log: string;
}

/** @throws UserError for a name that cannot be a folder, PreconditionError when the folder's path is too long. */
export function hostPaths(rootDir: string, fleet: string, name: string): HostPaths {
  const root = resolve(rootDir);
  const fleetDir = join(root, folderName('fleet', fleet));
  const dir = join(fleetDir, folderName('host', name));
  const home = join(dir, 'home');
  return {
    root,
    fleetDir,
    operatorKey: join(fleetDir, 'id_ed25519'),
    dir,
    home,
    bin: join(dir, 'bin'),
    tools: join(dir, 'tools'),
    tmp: join(dir, 'tmp'),
    pm2Home: join(home, '.pm2'),
    groups: join(dir, 'run'),
    hostKey: join(dir, 'ssh_host_ed25519_key'),
    authorizedKeys: join(dir, 'authorized_keys'),
    record: join(dir, 'host.json'),
    server: join(dir, 'server.json'),
    log: join(dir, 'server.log'),
  };
}

/**
 * Refuses a folder for local hosts whose path programs there take apart: it stands in PATH, in first lines of scripts,
 * and in settings of routers.
 * @throws UserError
 */
export function checkRoot(root: string): void {
  const found = /[\s:"'`$\\;{}#%*?\u0000-\u001f\u007f]/.exec(root)?.[0];
  if (found === undefined) return;
  throw new UserError(
    `Local hosts cannot be below ${root}: ${found === ' ' ? 'a space' : JSON.stringify(found)} in ` +
      'the path is taken apart by programs that run there.',
    {
      where: root,
      code: 'BAD_PATH',
      hint: 'Set providers.local.root in the fleet file to a folder whose path has letters, digits and . _ - / only.',
    },
  );
}

/** Refuses a folder in which PM2 could not make its sockets, or that cannot stand in PATH. */
export function checkPaths(paths: HostPaths): void {
  const socket = join(paths.pm2Home, 'interactor.sock');
  const length = Buffer.byteLength(socket);
  const hint = 'Set providers.local.root in the fleet file to another folder.';
  if (length > LONGEST_SOCKET) {
    throw new PreconditionError(
      `The folder of a local host is too deep: ${socket} has ${length} bytes, a Unix socket can ` +
        `have ${LONGEST_SOCKET}.`,
      {
        where: paths.dir,
        code: 'PATH_TOO_LONG',
        hint: `${hint.slice(0, -1)} with a shorter path.`,
        data: { path: socket, length, longest: LONGEST_SOCKET },
      },
    );
  }
  if (paths.dir.includes(':')) {
    throw new PreconditionError(
      `The folder of a local host has a colon in its path, which PATH cannot hold: ${paths.dir}.`,
      {
        where: paths.dir,
        hint,
      },
    );
  }
}

/** Whether a host or a fleet may have a folder of that name. */
export const isFolderName = (name: string): boolean =>
  name !== '' &&
  !name.startsWith('.') &&
  !/[/\\:\u0000-\u001f\u007f]/.test(name) &&
  name !== 'id_ed25519' &&
  name !== 'id_ed25519.pub';

function folderName(what: string, name: string): string {
  if (!isFolderName(name)) {
    throw new UserError(`"${name}" cannot be the name of a ${what} on the local provider.`, {
      hint: 'It becomes a folder: no slash, colon or control character, no leading dot.',
    });
  }
  return name;
}
