import { setTimeout as sleep } from 'node:timers/promises';
import { BugError, CancelledError, FanopsError, messageOf } from '../core/errors.js';
import { Budget } from './budget.js';
import { OneKeyAgent } from './identity.js';
import { prepareLogin, type LoginTools, type SshLogin } from './ssh-auth.js';
import { addressOf, isCongestion, loginError, lostError, openingError } from './ssh-errors.js';
import { handshake } from './ssh-handshake.js';
import type { LinkSource, OpenLink } from './ssh-open-link.js';
import { HostKeyCheck, type FirstContact } from './ssh-host-key.js';
import { straightTo, throughJump, type Path } from './ssh-path.js';
import type { SshPool } from './ssh-pool.js';
import type { JumpHost, SshEndpoint } from './transport.js';

const ATTEMPTS = 6;
const CONNECT_MS = 10_000;

export interface SshLinkOptions {
  host: string;
  endpoint: SshEndpoint;
  knownHostsFile: string;
  readyTimeoutMs: number;
  keepaliveIntervalMs?: number;
  firstContact: FirstContact;
  pool: SshPool;
  log: (line: string) => void;
}

/** The one SSH connection to a host: opened at the first use, shared by all, opened anew after a loss. */
export class SshLink implements LinkSource {
  readonly #options: SshLinkOptions;
  readonly #path: Path;
  #opening?: Promise<OpenLink>;
  #closed = false;

  constructor(options: SshLinkOptions) {
    this.#options = options;
    this.#path = pathOf(options);
  }

  /** The login on the host. */
  get user(): string {
    return this.#options.endpoint.user;
  }

  /** Another connection of its own to the same host. */
  another(): SshLink {
    return new SshLink(this.#options);
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
    return lostError(
      this.#options.host,
      this.#options.endpoint,
      this.#path.through,
      link.broken() ?? link.cause,
      command,
    );
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
    const { host, endpoint, readyTimeoutMs, pool, log } = this.#options;
    const budget = new Budget(readyTimeoutMs);
    const tools: LoginTools = { keys: pool.keys, asker: pool.asker, waiting: budget.waiting };
    const login = await prepareLogin(host, endpoint, tools);
    const gate = pool.gate(this.#path.gate);
    for (let attempt = 1; ; attempt += 1) {
      const check = new HostKeyCheck(host, endpoint, this.#options.knownHostsFile, this.#options.firstContact);
      const offered: string[] = [];
      const release = await budget.waiting(gate.take());
      let pause = 0;
      try {
        return await this.#attempt(login, check, offered, tools, budget);
      } catch (error) {
        const refusal = check.refusal ?? (login.failure as Error | undefined);
        if (refusal) throw refusal;
        if (!dropFailed(login)) {
          pause = Math.round(150 * 2 ** (attempt - 1) * (0.5 + Math.random()));
          const again = isCongestion(error) && attempt < ATTEMPTS && pause < budget.left;
          if (!again)
            throw openingError(
              {
                host,
                endpoint,
                through: this.#path.through,
                deadlineMs: readyTimeoutMs,
                offered,
                skipped: login.skipped,
              },
              error,
            );
          gate.shrink(Math.ceil(gate.taken / 2));
          log(`${host}: ${messageOf(error)}; connecting again in ${pause} ms`);
        } else if (login.identities.length === 0 && !pool.asker) {
          throw loginError(
            {
              host,
              endpoint,
              through: this.#path.through,
              deadlineMs: readyTimeoutMs,
              offered: [],
              skipped: login.skipped,
            },
            error,
          );
        }
      } finally {
        release();
      }
      await sleep(pause);
    }
  }

  async #attempt(
    login: SshLogin,
    check: HostKeyCheck,
    offered: string[],
    tools: LoginTools,
    budget: Budget,
  ): Promise<OpenLink> {
    const { endpoint, keepaliveIntervalMs, readyTimeoutMs } = this.#options;
    const serverHostKey = check.prepare();
    const carrier = await budget.waiting(
      this.#path.connect(Math.min(endpoint.connectTimeoutMs ?? CONNECT_MS, readyTimeoutMs)),
    );
    const link = await handshake(carrier, {
      endpoint,
      keepaliveIntervalMs,
      login,
      offered,
      tools,
      check,
      serverHostKey,
      budget,
    });
    if (link.lost) throw this.lost(link);
    return link;
  }
}

function pathOf(options: SshLinkOptions): Path {
  const { host, endpoint, pool } = options;
  const chain = endpoint.jumps ?? [];
  const last = chain[chain.length - 1];
  if (!last) return straightTo(endpoint);
  const make = (): SshLink =>
    new SshLink({ ...options, host: last.name, endpoint: asEndpoint(last, chain.slice(0, -1)) });
  return throughJump(host, endpoint, () => pool.jump(chain, make), last.name, addressOf(last));
}

const asEndpoint = ({ name: _name, ...endpoint }: JumpHost, jumps: JumpHost[]): SshEndpoint => ({ ...endpoint, jumps });

/**
 * Takes out the key that could not be used although the server knows it: a wrong passphrase, an agent that refuses.
 * ssh2 ends the attempt then.
 * @returns whether there was one; the others are worth another attempt
 */
function dropFailed(login: SshLogin): boolean {
  const at = login.identities.findIndex(({ key }) => key instanceof OneKeyAgent && key.failure !== undefined);
  const [dropped] = at < 0 ? [] : login.identities.splice(at, 1);
  if (!dropped) return false;
  const failure = (dropped.key as OneKeyAgent).failure;
  if (failure instanceof CancelledError) throw failure;
  const hint = failure instanceof FanopsError && failure.hint ? ` ${failure.hint}` : '';
  login.skipped.push(`${dropped.name}: ${messageOf(failure)}${hint}`);
  return true;
}
