import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Asker } from '../../src/core/asker.js';
import { Secret } from '../../src/core/secret.js';
import { createSshTransport, type SshTransportOptions } from '../../src/transports/ssh.js';
import type { JumpHost, SshEndpoint, Transport } from '../../src/transports/transport.js';
import { until } from './until.js';

/** A folder and the transports of one test; `end` closes and removes all. */
export class SshBench {
  readonly dir = mkdtempSync(join(tmpdir(), 'bench-'));
  readonly knownHostsFile = join(this.dir, 'known_hosts');
  readonly #ends: (() => Promise<void> | void)[] = [];

  connect(endpoint: SshEndpoint, options: Partial<SshTransportOptions> = {}): Transport {
    const transport = createSshTransport({ host: 'app-1', endpoint, knownHostsFile: this.knownHostsFile, ...options });
    this.#ends.push(() => transport.close());
    return transport;
  }

  /** To be done at the end, the latest first. */
  after(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  /** Starts an ssh-agent with some keys. Resolves with its socket. */
  async agent(keys: string[]): Promise<string> {
    const socket = join(mkdtempSync(join(this.dir, 'a-')), 's');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    this.after(() => void agent.kill());
    await until('the agent', () => existsSync(socket));
    for (const key of keys) execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    return socket;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const hello = (transport: Transport): Promise<string> =>
  transport.run({ argv: ['echo', 'hello'] }).then((result) => result.stdout);

/** What a promise was rejected with. */
export const failure = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    (value) => Promise.reject(new Error(`it did not fail, but gave ${JSON.stringify(value)}`)),
    (error: Error & Record<string, unknown>) => error,
  );

/** An endpoint as a jump host. */
export const asJump = (name: string, endpoint: SshEndpoint): JumpHost => ({ name, ...endpoint });

/** A person who gives these answers and then is surprised; `asked` holds the questions. */
export function person(...answers: (string | boolean)[]): Asker & { asked: string[] } {
  const asked: string[] = [];
  const next = (question: string): string | boolean => {
    asked.push(question);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`an unexpected question: ${question}`);
    return answer;
  };
  return {
    asked,
    secret: async (question) => new Secret(String(next(question))),
    text: async (question) => String(next(question)),
    confirm: async (question) => next(question) === true,
  };
}
