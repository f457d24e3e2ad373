import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { functionId, type HostStorage } from '../singletons/host-storage.js';
import { isoWithOffset, parseIso } from './iso.js';

export interface ScheduleStatus {
  /** ISO; undefined = never ran. */
  last?: string;
  next?: string;
  /** Undefined = not known. */
  lastUpdated?: string;
}

/** Keeps the status of timers where their next process finds it (specification 4). */
export interface StatusStore {
  /** Undefined where there is none, or where it cannot be parsed: the timer then starts afresh. */
  read(functionName: string): Promise<ScheduleStatus | undefined>;
  write(functionName: string, status: ScheduleStatus): Promise<void>;
}

/** Files that outlive the process and are shared by the processes of one host. */
export function fileStatusStore(stateDir: string): StatusStore {
  const fileOf = (name: string): string => join(stateDir, 'timers', `${name.toLowerCase()}.json`);
  return {
    read: async (name) => {
      try {
        return JSON.parse(await readFile(fileOf(name), 'utf8')) as ScheduleStatus;
      } catch (error) {
        if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (name, status) => {
      const file = fileOf(name);
      await mkdir(dirname(file), { recursive: true });
      const temporary = `${file}.${process.pid}.tmp`;
      await writeFile(temporary, JSON.stringify(status));
      await rename(temporary, file);
    },
  };
}

/**
 * Blobs `timers/HOSTID/Host.Functions.NAME/status`, as Azure's host writes them: shared by all hosts, and by Azure
 * before a move.
 */
export function blobStatusStore(storage: HostStorage): StatusStore {
  const path = (name: string): string => `timers/${storage.hostId}/${functionId(name)}/status`;
  const blob = async (name: string) => (await storage.container()).getBlockBlobClient(path(name));
  return {
    read: async (name) => {
      try {
        const text = (await (await blob(name)).downloadToBuffer()).toString('utf8');
        const { Last, Next, LastUpdated } = JSON.parse(text) as Record<string, string | undefined>;
        return { last: parseIso(Last), next: parseIso(Next), lastUpdated: parseIso(LastUpdated) };
      } catch (error) {
        if (error instanceof SyntaxError || (error as { statusCode?: number }).statusCode === 404) return undefined;
        throw error;
      }
    },
    write: async (name, { last, next, lastUpdated }) => {
      const body = JSON.stringify({
        Last: isoWithOffset(last),
        Next: isoWithOffset(next),
        LastUpdated: isoWithOffset(lastUpdated),
      });
      await (
        await blob(name)
      ).upload(body, Buffer.byteLength(body), { blobHTTPHeaders: { blobContentType: 'application/json' } });
    },
  };
}
