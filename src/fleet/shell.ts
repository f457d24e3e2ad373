import { spawn, type ChildProcess } from 'node:child_process';
import { CancelledError } from '../core/errors.js';
import { hasForeground, spawnForeground } from './foreground.js';
import type { ShellJob, ShellOptions } from './shell-job.js';

/** How a command ended: its output, or why there is none. */
export type ShellResult = { stdout: string } | { failed: string };

/** How long a shell may take to give the terminal back, in milliseconds. */
const GIVE_BACK_MS = 2000;

/** What a shell tells of a command that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

/**
 * Runs a command line by sh in a process group of its own, which is ended as a whole at the deadline, at too much
 * output, when the signal is aborted,
 * and by Ctrl-C. Where fanops has the terminal, that group has it meanwhile: the command may ask on /dev/tty.
 * @throws CancelledError when Ctrl-C ended it, the reason of the signal when that was aborted
 */
export async function runShell(command: string, options: ShellOptions): Promise<ShellResult> {
  const { timeoutMs, maxBytes, signal } = options;
  if (signal?.aborted) throw signal.reason;
  const { child, group, foreground } = (await hasForeground())
    ? spawnForeground(command, options)
    : spawnDetached(command, options);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const chunks: Buffer[] = [];
  let size = 0;
  const result = await new Promise<ShellResult | 'aborted' | 'interrupted'>((resolve) => {
    const abort = (): void => resolve('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => resolve({ failed: `the command took over ${timeoutMs / 1000} s` }), timeoutMs);
    const end = (how: ShellResult | 'interrupted'): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(how);
    };
    child.on('error', (error) => end({ failed: error.message }));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > maxBytes) end({ failed: `the command printed more than ${maxBytes} bytes` });
    });
    // What it left in the background may ignore Ctrl-C, and keep its output open.
    if (foreground)
      child.on('exit', (code, by) => (code === INTERRUPTED || by === 'SIGINT' ? end('interrupted') : undefined));
    child.on('close', (code, by) =>
      end(
        code === 0
          ? { stdout: Buffer.concat(chunks).toString('utf8') }
          : { failed: `the command failed with ${code ?? by ?? 'an error'}` },
      ),
    );
  });
  killGroup(await group);
  if (foreground) await givenBack(ended, child);
  child.stdout.destroy();
  if (result === 'interrupted') throw new CancelledError();
  if (result === 'aborted') throw signal?.reason;
  return result;
}

function spawnDetached(command: string, { cwd, env }: ShellOptions): ShellJob {
  const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  return { child, group: Promise.resolve(child.pid), foreground: false };
}

/** Waits until the shell that holds the terminal has ended, which gives it back. */
async function givenBack(ended: Promise<void>, child: ChildProcess): Promise<void> {
  const late = setTimeout(() => child.kill('SIGKILL'), GIVE_BACK_MS);
  await ended;
  clearTimeout(late);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All of it has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
