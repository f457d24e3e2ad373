import { spawn } from 'node:child_process';

export interface ShellOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
}

/** How a command ended: its output, or why there is none. */
export type ShellResult = { stdout: string } | { failed: string };

/** Runs a command line by sh in a process group of its own, which is ended as a whole at the deadline, at too much output, and when the signal is aborted. */
export async function runShell(command: string, { cwd, env, timeoutMs, maxBytes, signal }: ShellOptions): Promise<ShellResult> {
  if (signal?.aborted) throw signal.reason;
  const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const chunks: Buffer[] = [];
  let size = 0;
  const result = await new Promise<ShellResult | 'aborted'>((resolve) => {
    const abort = (): void => resolve('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => resolve({ failed: `the command took over ${timeoutMs / 1000} s` }), timeoutMs);
    const end = (ended: ShellResult): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(ended);
    };
    child.on('error', (error) => end({ failed: error.message }));
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > maxBytes) end({ failed: `the command printed more than ${maxBytes} bytes` });
    });
    child.on('close', (code, by) => end(code === 0 ? { stdout: Buffer.concat(chunks).toString('utf8') } : { failed: `the command failed with ${code ?? by ?? 'an error'}` }));
  });
  killGroup(child.pid);
  child.stdout.destroy();
  if (result === 'aborted') throw signal?.reason;
  return result;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All of it has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
