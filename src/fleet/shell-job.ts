import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Where and how long a command line runs. */
export interface ShellOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
}

/** A command that was started, and the process group that it and all that it starts are in. */
export interface ShellJob {
  child: ChildProcess & { stdout: Readable };
  /** Undefined when the command could not be started. */
  group: Promise<number | undefined>;
  /** True when Ctrl-C reaches only the group. */
  foreground: boolean;
}
