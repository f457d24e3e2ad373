import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDiskFull } from '../../../core/disk-full.js';
import { hostEnvironment } from '../environment.js';
import type { HostPaths } from '../paths.js';
import { groupExists, identify, type ProcessIdentity } from '../../machine/process-identity.js';
import { writeJson } from '../record.js';

/** Groups that could not be recorded yet, since the disk was full: file and content. */
const unrecorded = new Map<string, ProcessIdentity>();

/**
 * Records the groups that have no record yet, as far as there is space. Commands are run on a full disk too: what frees
 * it is one.
 */
export function recordGroups(): void {
  for (const [file, identity] of unrecorded) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeJson(file, identity);
      unrecorded.delete(file);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return;
    }
  }
}

/**
 * Starts a program as the leader of a session of its own, in the host's home and environment. Its group is recorded for
 * as long
 * as it has members, so that `stop` finds what a command left behind.
 */
export function startProcess(
  paths: HostPaths,
  argv: readonly [string, ...string[]],
  extraEnv: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: paths.home,
    env: { ...hostEnvironment(paths), ...extraEnv },
    detached: true,
    stdio: 'pipe',
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) {
    const file = join(paths.groups, `${identity.pid}.json`);
    unrecorded.set(file, identity);
    recordGroups();
    child.once('close', () => {
      if (groupExists(identity.pid)) return;
      unrecorded.delete(file);
      rmSync(file, { force: true });
    });
  }
  return child;
}

/** Sends a signal to the whole group of a process; a group that is gone already is no error. */
export function signalGroup(child: ChildProcessWithoutNullStreams, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
