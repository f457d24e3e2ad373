import type { Readable } from 'node:stream';
import type { Executor } from './executor.js';
import { getFile, putFile, putTar } from './files.js';
import { execOverSsh } from './ssh-exec.js';
import { SshLink } from './ssh-link.js';
import { SshPool } from './ssh-pool.js';
import { SshSession } from './ssh-session.js';
import { openShell } from './ssh-shell.js';
import { openTunnel } from './ssh-tunnel.js';
import { Sudo, type SudoPassword } from './sudo.js';
import type { Command, CommandResult, ForeignText, RunOptions, SshEndpoint, Transport, Tunnel } from './transport.js';

export interface SshTransportOptions {
  /** Name of the host in the fleet file. */
  host: string;
  endpoint: SshEndpoint;
  /** The fleet's own known_hosts. */
  knownHostsFile: string;
  /**
   * Milliseconds for the login after the TCP connection, with all its attempts; waiting for a person does not count.
   * Default 15,000.
   */
  readyTimeoutMs?: number;
  /** Milliseconds between signs of life, in place of the endpoint's. */
  keepaliveIntervalMs?: number;
  log?: (line: string) => void;
  /** Whether a host of which nothing is known may show any key, which is then kept. Default false. */
  trustOnFirstUse?: boolean;
  /** What this transport shares with others. Default: nothing. */
  pool?: SshPool;
  /** Gives the password for sudo when one is required; undefined when there is none to give. */
  sudoPassword?: SudoPassword;
  /** True for a host that must not be acted on as root: `sudo` is refused. */
  rootless?: boolean;
}

/** The transport to a host by SSH. Nothing is opened until it is used. */
export function createSshTransport(options: SshTransportOptions): Transport {
  return new SshTransport(options);
}

class SshTransport implements Transport {
  readonly host: string;
  readonly #link: SshLink;
  readonly #session: SshSession;
  readonly #pool: SshPool;
  readonly #exec: Executor;
  readonly #log: (line: string) => void;
  readonly #tunnels = new Set<Tunnel>();

  constructor(options: SshTransportOptions) {
    const { host, endpoint, knownHostsFile, keepaliveIntervalMs } = options;
    this.host = host;
    this.#log = options.log ?? (() => undefined);
    this.#pool = options.pool ?? new SshPool();
    this.#link = new SshLink({
      host,
      endpoint,
      knownHostsFile,
      readyTimeoutMs: options.readyTimeoutMs ?? 15_000,
      keepaliveIntervalMs,
      firstContact: options.trustOnFirstUse ? 'accept' : (this.#pool.asker ?? 'refuse'),
      pool: this.#pool,
      log: this.#log,
    });
    this.#session = new SshSession(host, this.#link);
    const plain: Executor = (command, runOptions) => execOverSsh(this.#session, command, runOptions);
    const sudo = new Sudo(host, plain, options.sudoPassword, options.rootless);
    this.#exec = (command, runOptions) =>
      runOptions?.sudo ? sudo.run(command, runOptions) : plain(command, runOptions);
  }

  async run(command: Command, options?: RunOptions): Promise<CommandResult> {
    const result = await this.#exec(command, options);
    return { ...result, stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') };
  }

  putTar(tar: Readable, directory: string, options?: RunOptions): Promise<void> {
    return putTar(this.#exec, this.host, tar, directory, options);
  }

  putFile(content: string | Buffer, path: string, mode?: number): Promise<void> {
    return putFile(this.#exec, this.host, content, path, mode);
  }

  getFile(path: string): Promise<Buffer | undefined> {
    return getFile(this.#exec, this.host, path);
  }

  async tunnel(port: number, address = '127.0.0.1'): Promise<Tunnel> {
    const tunnel = await openTunnel(this.#link, port, address, (line) => this.#log(`${this.host}: ${line}`));
    const tracked: Tunnel = {
      port: tunnel.port,
      close: () => {
        this.#tunnels.delete(tracked);
        return tunnel.close();
      },
    };
    this.#tunnels.add(tracked);
    return tracked;
  }

  shell(terminal: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream }): Promise<number> {
    return openShell(this.#session, terminal);
  }

  foreignText(): ForeignText | undefined {
    return this.#session.foreign;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tunnels].map((tunnel) => tunnel.close()));
    await this.#link.close();
    await this.#pool.settled();
  }
}
