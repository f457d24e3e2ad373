import { execFile } from 'node:child_process';
import { hostEnvironment } from './environment.js';
import type { HostPaths } from './paths.js';

export interface ProgramResult {
  /** True when it ended with exit code 0 in time. */
  ok: boolean;
  timedOut: boolean;
  /** All that it printed, or why it could not be started. */
  output: string;
}

export interface ProgramOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** Added to the environment of the host. */
  env?: Record<string, string>;
}

/** Runs a program in the home and with the environment of a host, without input. Never raises. */
export function runProgram(
  paths: HostPaths,
  argv: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const [file, ...args] = argv;
  const { timeoutMs: timeout, signal } = options;
  const env = { ...hostEnvironment(paths), ...options.env };
  const settings = {
    cwd: paths.home,
    env,
    timeout,
    killSignal: 'SIGKILL' as const,
    signal,
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`.trim();
      resolve({
        ok: error === null,
        timedOut: error?.killed === true && !signal?.aborted,
        output: printed || (error?.message ?? ''),
      });
    });
    child.stdin?.end();
  });
}
