import { setTimeout as sleep } from 'node:timers/promises';
import { NodeSSH, type Config } from 'node-ssh';
import type { Client } from 'ssh2';
import { BugError, messageOf } from '../core/errors.js';
import { authHandler, prepareLogin, type SshLogin } from './ssh-auth.js';
import { isCongestion, lostError, openingError } from './ssh-errors.js';
import { HostKeyCheck } from './ssh-host-key.js';
import type { SshEndpoint } from './transport.js';

const ATTEMPTS = 6;

export interface SshLinkOptions {
  host: string;
  endpoint: SshEndpoint;
  knownHostsFile: string;
  readyTimeoutMs: number;
  keepaliveIntervalMs: number;
  trustOnFirstUse: boolean;
  log: (line: string) => void;
}

/** An open connection. `lost` is set as soon as it cannot be used any more. */
export interface OpenLink {
  client: Client;
  lost: boolean;
  /** What broke it, when anything said so. */
  cause?: unknown;
}

/** The one SSH connection to a host: opened at the first use, shared by all, opened anew after a loss. */
export class SshLink {
  readonly #options: SshLinkOptions;
  #opening?: Promise<OpenLink>;
  #closed = false;

  constructor(options: SshLinkOptions) {
    this.#options = options;
  }

  /** The open connection. @throws RemoteError with code UNREACHABLE, HOST_KEY, AUTH or DEADLINE. */
  async open(): Promise<OpenLink> {
    if (this.#closed) throw new BugError(`The transport to ${this.#options.host} was closed and is used again.`);
    const current = this.#opening;
    if (current) {
      const link = await current;
      if (!link.lost) return link;
      if (this.#opening === current) this.#opening = undefined;
      return this.open();
    }
    const opening = this.#connect();
    this.#opening = opening;
    try {
      return await opening;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  /** The error for work that was under way when the link broke. */
  lost(link: OpenLink, command?: string): Error {
    return lostError(this.#options.host, this.#options.endpoint, link.cause, command);
  }

  /** Ends the connection; running commands are cut off. */
  async close(): Promise<void> {
    this.#closed = true;
    const link = await this.#opening?.catch(() => undefined); // who opened it was told already
    if (!link || link.lost) return;
    const gone = new Promise<void>((resolve) => link.client.once('close', () => resolve()));
    link.client.end();
    const stuck = setTimeout(() => link.client.destroy(), 1000);
    await gone;
    clearTimeout(stuck);
  }

  async #connect(): Promise<OpenLink> {
    const { host, endpoint, readyTimeoutMs, log } = this.#options;
    const login = await prepareLogin(host, endpoint);
    const deadline = Date.now() + readyTimeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const check = new HostKeyCheck(host, endpoint, this.#options.knownHostsFile, this.#options.trustOnFirstUse);
      const offered: string[] = [];
      try {
        return await this.#attempt(login, check, offered, Math.max(deadline - Date.now(), 1));
      } catch (error) {
        const pause = Math.round(150 * 2 ** (attempt - 1) * (0.5 + Math.random()));
        const again = !check.refusal && isCongestion(error) && attempt < ATTEMPTS && Date.now() + pause < deadline;
        if (!again)
          throw check.refusal ?? openingError({ host, endpoint, deadlineMs: readyTimeoutMs, offered, skipped: login.skipped }, error);
        log(`${host}: ${messageOf(error)}; connecting again in ${pause} ms`);
        await sleep(pause);
      }
    }
  }

  async #attempt(login: SshLogin, check: HostKeyCheck, offered: string[], readyTimeout: number): Promise<OpenLink> {
    const { endpoint, keepaliveIntervalMs } = this.#options;
    const ssh = new NodeSSH();
    const serverHostKey = check.prepare();
    const connected = ssh.connect({
      host: endpoint.address,
      port: endpoint.port,
      username: endpoint.user,
      authHandler: authHandler(login, offered),
      algorithms: { serverHostKey: serverHostKey as NonNullable<Config['algorithms']>['serverHostKey'] },
      hostVerifier: (key: Buffer) => check.accept(key),
      readyTimeout,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax: 3,
    });
    const client = ssh.connection;
    if (!client) return connected.then(() => Promise.reject(new BugError('node-ssh gave no connection.')));
    const link: OpenLink = { client, lost: false };
    // Stays for the life of the connection: an `error` event that nobody hears would end the process.
    client.on('error', (error: unknown) => {
      link.cause ??= error;
      link.lost = true;
    });
    // Without it each small packet of a command waits for the acknowledgement of the one before (Nagle): 40 ms each.
    client.on('connect', () => client.setNoDelay(true));
    client.on('end', () => (link.lost = true));
    client.on('close', () => (link.lost = true));
    try {
      await connected;
      check.keep();
    } catch (error) {
      client.destroy();
      throw error;
    }
    link.cause = undefined;
    if (link.lost) throw this.lost(link);
    return link;
  }
}
