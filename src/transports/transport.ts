import type { Readable, Writable } from 'node:stream';

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
  /**
   * Milliseconds until the command is given up on: its channel is closed and RemoteError (code DEADLINE) raised.
   * Default 60,000.
   */
  timeoutMs?: number;
  /** Milliseconds without a byte in either direction until the command is given up on, in place of `timeoutMs`. */
  idleTimeoutMs?: number;
  signal?: AbortSignal;
  /** Whether an abort interrupts the command (SIGINT) and kills it two seconds later. Default: it is killed at once. */
  interruptible?: boolean;
  /**
   * Get what the command prints as it comes, of any size and no faster than they take it; the result's stdout and
   * stderr are empty then.
   * They are not ended. One that fails ends the command: RemoteError, code OUTPUT, with the cause.
   */
  sinks?: { stdout: Writable; stderr: Writable };
  /**
   * Runs the command as root by sudo; `cwd`, `env` and `stdin` are those of the command itself.
   * @throws RemoteError, code SUDO, when sudo refuses (no rule, a wrong or missing password, a terminal required).
   */
  sudo?: boolean;
  /** Called with each finished line of output while the command runs; not with `sinks`. */
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
 * All methods raise RemoteError when the host cannot be reached (codes UNREACHABLE, HOST_KEY, AUTH, DEADLINE,
 * LINK_LOST),
 * or when its login shell does not come to the command (code LOGIN_SHELL).
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
  /**
   * What the login shell printed around commands so far, which was dropped; undefined for nothing. Absent where no
   * login shell is used.
   */
  foreignText?(): ForeignText | undefined;
  close(): Promise<void>;
}

/** Text of a login shell's start-up files, or of a program that stands in for it, at most 16 KiB of each. */
export interface ForeignText {
  stdout: { before: string; after: string };
  stderr: { before: string; after: string };
}

/** How a host is reached by SSH. */
export interface SshEndpoint {
  address: string;
  port: number;
  user: string;
  /**
   * Private key files named for this host, tried first and in this order. One that an agent holds is used through the
   * agent.
   */
  identityFiles?: string[];
  /** Private key files to try last; those that do not exist are passed over. */
  defaultIdentityFiles?: string[];
  /** Offers no other keys of the agent than those of `identityFiles`. */
  identitiesOnly?: boolean;
  /** Socket of an SSH agent, used as well when given. */
  agent?: string;
  /**
   * Host keys that the provider vouches for, as `ssh-ed25519 AAAA...`; written to the fleet's known_hosts before the
   * first login.
   */
  hostKeys?: string[];
  /** Name under which the host key is looked up and kept, in place of address and port. */
  hostKeyAlias?: string;
  /**
   * The user's own known_hosts files: their keys are taken over while the fleet's file knows none, and what they revoke
   * is refused.
   */
  userKnownHostsFiles?: string[];
  /** Hosts to go through, the nearest first; at most two. */
  jumps?: JumpHost[];
  /** Milliseconds for the TCP connection. Default 10,000, never more than the whole login may take. */
  connectTimeoutMs?: number;
  /** Milliseconds between signs of life, and how many may stay unanswered. Default 10,000 and 3. */
  keepaliveIntervalMs?: number;
  keepaliveCountMax?: number;
  /** Address of this machine to connect from. */
  localAddress?: string;
  /** 4 or 6 to use only that version of IP. */
  family?: 4 | 6;
}

/** A host on the way to another. */
export interface JumpHost extends Omit<SshEndpoint, 'jumps'> {
  /** Its name in the fleet file or in ssh_config, for messages. */
  name: string;
}
