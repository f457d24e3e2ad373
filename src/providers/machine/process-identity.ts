import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { processStat, type ProcessStat } from '../../core/process-stat.js';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in a form that only equality makes sense for. */
  start: string;
}

/** The identity of a running process; undefined when there is none, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return identifyByPs(pid);
  const stat = statOf(pid);
  return stat && { pid, start: `${bootId()}:${stat.start}` };
}

/** Whether a process group has a member; on Linux zombies do not count. */
export function groupExists(pgid: number): boolean {
  if (process.platform === 'linux') return processNumbers().some((pid) => statOf(pid)?.group === pgid);
  try {
    return process.kill(-pgid, 0);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.start === identity.start;
}

/** Numbers of all processes whose environment holds `NAME=value`; Linux only, elsewhere empty. */
export function processesWithEnv(entry: string): number[] {
  if (process.platform !== 'linux') return [];
  return processNumbers().filter((pid) => pid !== process.pid && environmentOf(pid).includes(entry) && statOf(pid));
}

/** Numbers of all processes that work in a folder or below it; Linux only, elsewhere empty. */
export function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return processNumbers().filter(
    (pid) => pid !== process.pid && `${workingDirectoryOf(pid)}/`.startsWith(`${folder}/`) && statOf(pid),
  );
}

function workingDirectoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Undefined for a process that ended, or waits as a zombie to be collected. */
function statOf(pid: number): ProcessStat | undefined {
  try {
    const stat = processStat(pid);
    return stat.state === 'Z' || stat.state === 'X' ? undefined : stat;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process ended, or belongs to somebody else. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC0' };
    const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : { pid, start: line.replace(/^\S+\s+/, '') };
  } catch {
    return undefined; // ps exits with 1 when there is no such process
  }
}
