// Detached helper processes: started with a log file, remembered by pid and start time, ended by both.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Start time of a process as the system tells it, so that a reused pid is not taken for it; undefined when there is none. */
export function startTime(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    // Both fail when there is no such process.
    return undefined;
  }
}

/** Starts a program that goes on after this process; its output goes to the log file. @returns {{ pid: number, started: string }} */
export function startDetached(command, args, { log, cwd, env }) {
  const out = openSync(log, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', out, out], cwd, env });
  closeSync(out);
  child.unref();
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  return { pid: child.pid, started: startTime(child.pid) ?? '' };
}

export const isAlive = ({ pid, started }) => startTime(pid) === started;

/** Ends a process that was started here: asks, and after ten seconds insists. */
export async function end(known) {
  for (const [signal, tries] of [
    ['SIGTERM', 100],
    ['SIGKILL', 50],
  ]) {
    if (!isAlive(known)) return;
    process.kill(known.pid, signal);
    for (let i = 0; i < tries && isAlive(known); i++) await delay(100);
  }
}

/** Waits until `look` gives something; throws with what was waited for at the deadline. */
export async function until(what, look, deadlineMs = 30_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`Waited ${deadlineMs / 1000} s for ${what}.`);
    await delay(100);
  }
}
