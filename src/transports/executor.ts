import type { Transform } from 'node:stream';
import type { Command, RunOptions } from './transport.js';

/** What may stand between a command and what it is run for: each stream passes through its filter first. */
export interface ExecOptions extends RunOptions {
  filters?: { stdout?: Transform; stderr?: Transform };
}

/** How a command ended, with what it printed as bytes. */
export interface Execution {
  code: number | null;
  signal?: string;
  stdout: Buffer;
  stderr: Buffer;
}

/** Runs one command somewhere. Raises RemoteError when it cannot, never because the command failed. */
export type Executor = (command: Command, options?: ExecOptions) => Promise<Execution>;

/** Milliseconds after which a command is given up on unless its caller says otherwise. */
export const DEFAULT_TIMEOUT_MS = 60_000;
