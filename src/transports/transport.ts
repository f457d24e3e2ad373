import type { Readable } from 'node:stream';

/** A command for a host. `argv` is never interpolated into a shell: the transport quotes each word. */
export interface Command {
  argv: readonly string[];
  /** Directory to run in; the command fails when it does not exist. Relative to the login's home. */
  cwd?: string;
  /** Added to the environment. Visible in the process list: never a secret (those go through `stdin`). */
  env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** Sent to standard input, which is then closed. The way for secrets. */
  stdin?: string | Buffer | Readable;
  /** Milliseconds until the command is given up on: its channel is closed and RemoteError (code DEADLINE) raised. Default 60,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called with each finished line of output while the command runs. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** How a command ended. `code` is null when a signal ended it; that is a failure as well. */
export interface CommandResult {
  code: number | null;
  signal?: string;
  stdout: string;
  stderr: string;
}

/** A port of the control machine's loopback that leads to a port seen from the host. */
export interface Tunnel {
  /** Port on 127.0.0.1 of the control machine. */
  port: number;
  close(): Promise<void>;
}

/**
 * How fanops reaches one host: one connection for the whole run, opened at the first use.
 * All methods raise RemoteError when the host cannot be reached (codes UNREACHABLE, HOST_KEY, AUTH, DEADLINE, LINK_LOST).
 */
export interface Transport {
  /** Name of the host in the fleet file. */
  readonly host: string;
  /** Runs a command and waits for its end. Does not raise for a command that fails: look at `code`. */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;
  /**
   * Unpacks a tar stream (not compressed) into a directory of the host, which is made when missing.
   * Files appear under their final name one by one: upload into a temporary name and rename.
   */
  putTar(tar: Readable, directory: string, options?: RunOptions): Promise<void>;
  /** Writes one file atomically (temporary name, mode, rename); parent directories are made. */
  putFile(content: string | Buffer, path: string, mode?: number): Promise<void>;
  /** The content of a file, or undefined when it does not exist. */
  getFile(path: string): Promise<Buffer | undefined>;
  /** Forwards a free local port to `port` on `address` (default 127.0.0.1) as seen from the host. */
  tunnel(port: number, address?: string): Promise<Tunnel>;
  /** Opens a login shell on the user's terminal and resolves with its exit code. */
  shell(terminal: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream }): Promise<number>;
  close(): Promise<void>;
}

/** How a host is reached by SSH. */
export interface SshEndpoint {
  address: string;
  port: number;
  user: string;
  /** Private key files, tried in this order. */
  identityFiles?: string[];
  /** Socket of an SSH agent, used as well when given. */
  agent?: string;
  /** Host keys that the provider vouches for, as `ssh-ed25519 AAAA...`; written to the fleet's known_hosts before the first login. */
  hostKeys?: string[];
}
