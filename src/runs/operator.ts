import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writing } from '../core/disk-full.js';
import { processStat } from '../core/process-stat.js';
import type { Operator } from './store.js';

const exec = promisify(execFile);

/** Start time of a process as the system tells it, or undefined when no such process lives. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const { state, start } = processStat(pid);
    return state === 'Z' ? undefined : start;
  } catch (error) {
    if (process.platform === 'linux' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  try {
    const { stdout } = await exec('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    // ps exits with 1 when there is no such process.
    return undefined;
  }
}

/**
 * An identifier of this clone on this machine, so that two machines with one host name are not taken for each other.
 */
async function cloneId(stateDir: string): Promise<string> {
  const file = join(stateDir, 'clone-id');
  const id = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (id?.trim()) return id.trim();
  // An empty one was left by a full disk.
  if (id !== undefined) await rm(file, { force: true });
  const draft = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writing(file, () => writeFile(draft, `${randomBytes(6).toString('hex')}\n`, { flag: 'wx' }));
    // Whole or not at all, and never over the one of another command.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Who runs this process, from the clone whose state folder is given. `FANOPS_OPERATOR` overrides the login name, e.g.
 * in CI.
 */
export async function currentOperator(stateDir: string, env: NodeJS.ProcessEnv): Promise<Operator> {
  return {
    name: env.FANOPS_OPERATOR ?? userInfo().username,
    machine: `${hostname()}/${await cloneId(stateDir)}`,
    pid: process.pid,
    startedAt: (await processStart(process.pid)) ?? '',
  };
}

/** True when the operator's process ran on this machine and is gone. False also when it cannot be told. */
export async function isDeadHere(holder: Operator, here: Operator): Promise<boolean> {
  if (holder.machine !== here.machine) return false;
  const start = await processStart(holder.pid);
  return start === undefined || start !== holder.startedAt;
}
