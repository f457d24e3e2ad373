import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hostEnvironment } from '../environment.js';
import type { HostPaths } from '../paths.js';
import { groupExists, identify } from '../../machine/process-identity.js';
import { writeJson } from '../record.js';

/**
 * Starts a program as the leader of a session of its own, in the host's home and environment. Its group is recorded for as long
 * as it has members, so that `stop` finds what a command left behind.
 */
export function startProcess(
  paths: HostPaths,
  argv: readonly [string, ...string[]],
  extraEnv: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const [program, ...args] = argv;
  const child = spawn(program, args, { cwd: paths.home, env: { ...hostEnvironment(paths), ...extraEnv }, detached: true, stdio: 'pipe' });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) {
    const file = join(paths.groups, `${identity.pid}.json`);
    mkdirSync(paths.groups, { recursive: true });
    writeJson(file, identity);
    child.once('close', () => {
      if (!groupExists(identity.pid)) rmSync(file, { force: true });
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
