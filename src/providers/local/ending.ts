import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FanopsError } from '../../core/errors.js';
import { lookUntil } from '../../core/look-until.js';
import type { HostPaths } from './paths.js';
import {
  groupExists,
  identify,
  isRunning,
  processesIn,
  processesWithEnv,
  type ProcessIdentity,
} from '../machine/process-identity.js';
import { runProgram } from './program.js';
import { readJson, runningServer } from './record.js';

const GRACE_MS = 5000;
const PM2_MS = 15_000;

/**
 * Ends everything that runs on a local host: its server first, so that nothing new starts, then PM2 with its apps, then
 * all
 * that is left. Processes are known by recorded numbers with start times, and on Linux by the host's HOME in their
 * environment.
 * @throws FanopsError naming the processes that would not end.
 */
export async function endProcesses(paths: HostPaths): Promise<void> {
  const server = runningServer(paths);
  if (server) await end([server.pid], () => (isRunning(server) ? [server.pid] : []));
  rmSync(paths.server, { force: true });
  await endPm2(paths);
  const left = (): number[] => remaining(paths);
  await end(left(), left);
  rmSync(paths.groups, { recursive: true, force: true });
}

async function endPm2(paths: HostPaths): Promise<void> {
  const pidFile = join(paths.pm2Home, 'pm2.pid');
  if (!existsSync(pidFile)) return;
  const daemon = identify(Number.parseInt(readFileSync(pidFile, 'utf8'), 10));
  const isOurs = process.platform !== 'linux' || processesWithEnv(`HOME=${paths.home}`).includes(daemon?.pid ?? -1);
  if (!daemon || !isOurs) return;
  // Asks the daemon to stop its apps in their order; what does not obey is ended by signals below.
  await runProgram(paths, [join(paths.bin, 'node'), join(paths.bin, 'pm2'), 'kill'], { timeoutMs: PM2_MS });
}

/** Targets for kill(2): processes, and negative numbers for process groups. */
function remaining(paths: HostPaths): number[] {
  const groups = recordedGroups(paths)
    .filter((group) => isRunning(group) || (!identify(group.pid) && groupExists(group.pid)))
    .map((group) => -group.pid);
  // nginx writes its title over its environment; only it works in this folder.
  const nginx = processesIn(join(paths.home, 'fanops', 'router', 'nginx'));
  return [...groups, ...new Set([...processesWithEnv(`HOME=${paths.home}`), ...nginx])];
}

function recordedGroups(paths: HostPaths): ProcessIdentity[] {
  if (!existsSync(paths.groups)) return [];
  return readdirSync(paths.groups)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const identity = readJson(join(paths.groups, name)) as ProcessIdentity | undefined;
      return identity ? [identity] : [];
    });
}

async function end(first: number[], left: () => number[]): Promise<void> {
  for (const target of first) signal(target, 'SIGTERM');
  if (await isEmptyWithin(left, GRACE_MS)) return;
  for (const target of left()) signal(target, 'SIGKILL');
  if (await isEmptyWithin(left, GRACE_MS, 'SIGKILL')) return;
  throw new FanopsError(`Processes of the local host do not end: ${left().map(Math.abs).join(', ')}.`, {
    hint: 'End them by hand (kill -9) and run this again.',
  });
}

/** Polls; with a signal it is sent to newcomers as well, since a process may start another while it dies. */
function isEmptyWithin(left: () => number[], ms: number, again?: NodeJS.Signals): Promise<boolean> {
  const look = (): true | undefined => {
    const targets = left();
    if (targets.length === 0) return true;
    if (again) for (const target of targets) signal(target, again);
    return undefined;
  };
  return lookUntil<boolean>(look, { withinMs: ms, pauseMs: 50, late: () => false });
}

function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
