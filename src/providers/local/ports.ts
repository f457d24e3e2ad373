import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PreconditionError } from '../../core/errors.js';
import { readJson, type HostRecord } from './record.js';

/**
 * A port of the range that nothing listens on and no other local host keeps. @throws PreconditionError when there is
 * none.
 */
export async function choosePort(root: string, [from, to]: readonly [number, number]): Promise<number> {
  const kept = new Set(allRecords(root).map((record) => record.port));
  for (let port = from; port <= to; port += 1) {
    if (!kept.has(port) && (await isFree(port))) return port;
  }
  throw new PreconditionError(`No port from ${from} to ${to} is free for the SSH server of a local host.`, {
    code: 'NO_PORT',
    hint: 'Destroy a host that is not needed, or set providers.local.ports in the fleet file to a wider range.',
    data: { from, to, kept: [...kept] },
  });
}

/** Whether the loopback interface has nothing on this port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function allRecords(root: string): HostRecord[] {
  return folders(root).flatMap((fleet) =>
    folders(join(root, fleet)).flatMap((name) => {
      const record = readJson(join(root, fleet, name, 'host.json')) as HostRecord | undefined;
      return record ? [record] : [];
    }),
  );
}

/** Names of the folders in a folder, sorted; none when it does not exist. */
export function folders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
