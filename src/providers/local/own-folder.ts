import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode } from '../../core/exit-codes.js';
import { ProviderError } from '../contracts/errors.js';
import { OWNER_FILE } from './fleet-folder.js';
import { hostPaths, isFolderName, type HostPaths } from './paths.js';
import { readRecord } from './record.js';

/**
 * Whether the folder of a host is free, or one of fanops: it has the host's record, or no more than a create leaves
 * there before it writes one.
 * A folder `home` may be there beforehand, as a place with more room.
 */
export function isOwnFolder(paths: HostPaths): boolean {
  if (readRecord(paths)) return true;
  const { home, tmp, hostKey, authorizedKeys } = paths;
  const early = [home, tmp, hostKey, `${hostKey}.pub`, authorizedKeys].map((path) => basename(path));
  return entries(paths.dir).every((name) =>
    early.some((each) => name === each || (name.startsWith(`${each}.`) && name.endsWith('.tmp'))),
  );
}

/**
 * Whether the folder of a fleet is free, or one of fanops: it says whose it is, has a host's record, or no more than
 * folders of hosts. One with
 * nothing but keys in it is somebody else's.
 */
export function isOwnFleetFolder({ root, fleetDir, operatorKey }: HostPaths): boolean {
  const keys = [operatorKey, `${operatorKey}.pub`].map((path) => basename(path));
  const names = entries(fleetDir);
  if (names.length === 0 || names.includes(OWNER_FILE)) return true;
  const others = names.filter((name) => !keys.includes(name));
  const hosts = others.filter(isFolderName).map((name) => hostPaths(root, basename(fleetDir), name));
  if (hosts.some((host) => readRecord(host) !== undefined)) return true;
  return hosts.length > 0 && hosts.length === others.length && hosts.every(isOwnFolder);
}

/** @throws ProviderError (exit 5) when somebody else has something where the host, or its fleet, is to be */
export function requireOwnFolder(paths: HostPaths, host: string): void {
  if (!isOwnFolder(paths)) throw taken(paths.dir, `the local host ${host} cannot be made in it`, 'rename the host');
  if (!isOwnFleetFolder(paths))
    throw taken(paths.fleetDir, 'no local host can be made in it', 'give the fleet another name');
}

const taken = (folder: string, consequence: string, rename: string): ProviderError =>
  new ProviderError(`${folder} is there and holds what fanops did not put there: ${consequence}.`, {
    provider: 'local',
    code: 'CONFLICT',
    exitCode: ExitCode.precondition,
    where: folder,
    hint: `Move it away, ${rename}, or set providers.local.root in the fleet file to another folder.`,
  });

/** Names in a folder; none when it is not there. A file in its place counts as one. */
function entries(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') return [basename(dir)];
    throw error;
  }
}
