import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode } from '../../core/exit-codes.js';
import { ProviderError } from '../contracts/errors.js';
import type { HostPaths } from './paths.js';
import { readRecord } from './record.js';

/**
 * Whether the folder of a host is free, or one of fanops: it has the host's record, or no more than a create leaves there before it writes one.
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

/** @throws ProviderError (exit 5) when somebody else has something where the host is to be */
export function requireOwnFolder(paths: HostPaths, host: string): void {
  if (isOwnFolder(paths)) return;
  throw new ProviderError(
    `${paths.dir} is there and holds what fanops did not put there: the local host ${host} cannot be made in it.`,
    {
      provider: 'local',
      code: 'CONFLICT',
      exitCode: ExitCode.precondition,
      where: paths.dir,
      hint: 'Move it away, rename the host, or set providers.local.root in the fleet file to another folder.',
    },
  );
}

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
