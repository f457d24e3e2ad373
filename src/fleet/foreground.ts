import { execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { processStat } from '../core/process-stat.js';
import type { ShellJob, ShellOptions } from './shell-job.js';

const exec = promisify(execFile);

/**
 * The second process of the job is the leader of its group. Descriptor 3 takes the number of that, 4 is standard error.
 */
const LEADER = 'echo "$$" >&3; exec "$0" -c "$1" 2>&4 3>&- 4>&-';

/**
 * With job control a shell gives the terminal to the group of the command that it waits for, and takes it back. What a
 * command that was ended left of
 * the terminal's settings, such as no echo, is put right. The shell's own words about jobs are no output of the
 * command.
 */
const HOLDER = 'saved=$(stty -g </dev/tty); "$0" -c "$2" "$0" "$1"; code=$?; stty "$saved" </dev/tty; exit "$code"';

/** Runs a command line as the foreground job of this terminal, in a process group of its own. */
export function spawnForeground(command: string, { cwd, env }: Pick<ShellOptions, 'cwd' | 'env'>): ShellJob {
  const child = spawn('sh', ['-m', '-c', HOLDER, 'sh', command, LEADER], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe', process.stderr],
  });
  const numbers = child.stdio[3] as Readable;
  const group = new Promise<number | undefined>((resolve) => {
    let text = '';
    numbers.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(Number.parseInt(text, 10));
    });
    numbers.on('close', () => resolve(undefined)).on('error', () => resolve(undefined));
    child.on('error', () => resolve(undefined));
  });
  return { child: child as ShellJob['child'], group, foreground: true };
}

/** Whether this process is in the group that has the terminal. In the background, taking the terminal would stop it. */
export async function hasForeground(): Promise<boolean> {
  try {
    const { group, foreground } = process.platform === 'linux' ? processStat('self') : await groupsOfPs();
    return group > 0 && group === foreground;
  } catch {
    return false; // it cannot be told
  }
}

async function groupsOfPs(): Promise<{ group: number; foreground: number }> {
  const { stdout } = await exec('ps', ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)]);
  const [group = 0, foreground = -1] = stdout.trim().split(/\s+/).map(Number);
  return { group, foreground };
}
