import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writing } from '../../core/disk-full.js';
import { PreconditionError } from '../../core/errors.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';

/**
 * Runs a task while no other process runs one under the same lock file. The lock of a process that died is taken over.
 * @param busy what the holder works on, for the error: `The hosts on this machine are`
 * @throws PreconditionError when the lock stays taken for `waitMs`, FanopsError (code DISK_FULL) when it cannot be
 * written.
 */
export async function withLock<T>(
  path: string,
  waitMs: number,
  task: () => Promise<T>,
  busy = 'The hosts on this machine are',
): Promise<T> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writing(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(draft, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
    });
    await take(path, draft, Date.now() + waitMs, busy);
  } finally {
    await rm(draft, { force: true });
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, draft: string, deadline: number, busy: string): Promise<void> {
  for (;;) {
    try {
      // A hard link is made whole or not at all, and never over an existing file.
      await link(draft, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const seen = await content(path);
    const holder = seen === undefined ? undefined : parse(seen);
    if (seen !== undefined && !(holder && isRunning(holder))) {
      await takeAway(path, seen);
      continue;
    }
    if (Date.now() > deadline) {
      throw new PreconditionError(`${busy} being worked on by process ${holder?.pid ?? 'unknown'}.`, {
        where: path,
        code: 'LOCKED',
        hint: 'Wait for it to end, or end it, and run this again.',
      });
    }
    await sleep(50 + Math.random() * 100);
  }
}

/** Moves a dead lock aside; when somebody took it in between, gives that back. */
async function takeAway(path: string, seen: string): Promise<void> {
  const aside = `${path}.dead-${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Where it was taken again already, the newer one stands.
  if ((await content(aside)) !== seen) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function content(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof value.pid === 'number' && typeof value.start === 'string'
      ? { pid: value.pid, start: value.start }
      : undefined;
  } catch {
    return undefined; // not written by this program: treated as dead
  }
}
