import type { Command, RunOptions } from './transport.js';

/** How a command ended, with what it printed as bytes. */
export interface Execution {
  code: number | null;
  signal?: string;
  stdout: Buffer;
  stderr: Buffer;
}

/** Runs one command somewhere. Raises RemoteError when it cannot, never because the command failed. */
export type Executor = (command: Command, options?: RunOptions) => Promise<Execution>;

/** Milliseconds after which a command is given up on unless its caller says otherwise. */
export const DEFAULT_TIMEOUT_MS = 60_000;
