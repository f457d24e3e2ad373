import type { Asker } from '../core/asker.js';
import { RemoteError } from '../core/errors.js';
import { KnownHostsFile } from './known-hosts-file.js';
import { fingerprint, keyType, knownHostName, type KnownKeys } from './known-hosts.js';
import type { SshEndpoint } from './transport.js';

const PREFERENCE = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Who decides on a host of which nothing is known: nobody, any key (`accept`), or the person at the terminal. */
export type FirstContact = 'refuse' | 'accept' | Asker;

/**
 * Decides on the key that one host shows, by the fleet's known_hosts, by what its provider vouches for and by what the
 * user's own ssh knows.
 */
export class HostKeyCheck {
  readonly #file: KnownHostsFile;
  readonly #own: KnownHostsFile[];
  readonly #host: string;
  readonly #name: string;
  readonly #vouched: string[];
  readonly #firstContact: FirstContact;
  #known: KnownKeys = { trusted: [], revoked: [] };
  #learned?: string;
  /** Why the key was refused. */
  refusal?: Error;

  constructor(host: string, endpoint: SshEndpoint, knownHostsFile: string, firstContact: FirstContact) {
    this.#file = new KnownHostsFile(knownHostsFile);
    this.#own = (endpoint.userKnownHostsFiles ?? []).map((path) => new KnownHostsFile(path));
    this.#host = host;
    this.#name = endpoint.hostKeyAlias?.toLowerCase() ?? knownHostName(endpoint.address, endpoint.port);
    this.#vouched = (endpoint.hostKeys ?? []).map((key) => key.trim().split(/\s+/).slice(0, 2).join(' '));
    this.#firstContact = firstContact;
  }

  /**
   * Reads what is known and returns the host key algorithms to ask for: the known types first, else another key would
   * look changed.
   */
  prepare(): string[] {
    this.refusal = undefined;
    this.#learned = undefined;
    this.#known = this.#file.keysFor(this.#name);
    if (this.#known.trusted.length === 0 && this.#vouched.length > 0) {
      this.#file.add(this.#name, this.#vouched);
      this.#known = this.#file.keysFor(this.#name);
    }
    this.#askOwnFiles();
    const types = new Set([
      ...this.#known.trusted.map((key) => key.type),
      ...this.#vouched.map((key) => key.split(' ')[0] ?? ''),
    ]);
    const known = PREFERENCE.filter(
      (algorithm) => types.has(algorithm) || (types.has('ssh-rsa') && algorithm.startsWith('rsa-')),
    );
    return [...known, ...PREFERENCE.filter((algorithm) => !known.includes(algorithm))];
  }

  /** Whether to go on with a host that shows this key (the raw blob); sets `refusal` when not. Never raises. */
  async accept(blob: Buffer, waiting: <T>(answer: Promise<T>) => Promise<T>): Promise<boolean> {
    const key = blob.toString('base64');
    const shown = `${keyType(blob)} ${key}`;
    if (this.#known.revoked.some((entry) => entry.key === key))
      return this.#refuse(blob, 'shows a key that is marked as revoked');
    if (this.#known.trusted.some((entry) => entry.key === key)) {
      if (!this.#file.keysFor(this.#name).trusted.some((entry) => entry.key === key)) this.#learned = shown;
      return true;
    }
    if (this.#vouched.includes(shown)) return this.#learn(shown);
    if (this.#known.trusted.length > 0) return this.#refuse(blob, 'shows another key than the known one');
    const { path } = this.#file;
    const question =
      `The SSH host ${this.#host} (${this.#name}) is not known yet. It shows ` +
      `${keyType(blob)} ${fingerprint(blob)}. Trust it, and keep the key in ${path}?`;
    try {
      if (this.#firstContact === 'accept') return this.#learn(shown);
      if (this.#firstContact !== 'refuse' && (await waiting(this.#firstContact.confirm(question))))
        return this.#learn(shown);
    } catch (error) {
      this.refusal = error as Error;
      return false;
    }
    return this.#refuse(blob, 'is not known yet');
  }

  /** Keeps a key that was accepted for the first time; called after the host has proved that it owns it. */
  keep(): void {
    if (this.#learned) this.#file.replace(this.#name, [this.#learned]);
    this.#learned = undefined;
  }

  /** What the user's own ssh trusts counts only while the fleet knows nothing; what it revokes counts always. */
  #askOwnFiles(): void {
    const found = this.#own.map((file) => file.keysFor(this.#name));
    this.#known.revoked.push(...found.flatMap((known) => known.revoked));
    if (this.#known.trusted.length === 0 && this.#vouched.length === 0)
      this.#known.trusted.push(...found.flatMap((known) => known.trusted));
  }

  #learn(shown: string): true {
    this.#learned = shown;
    return true;
  }

  #refuse(blob: Buffer, reason: string): false {
    const shown = `${keyType(blob)} ${fingerprint(blob)}`;
    const known = this.#known.trusted.map((entry) => `${entry.type} ${fingerprint(entry.key)}`);
    const key = `${keyType(blob)} ${blob.toString('base64')}`;
    const line = `${this.#name} ${key}`;
    const expected = known.length > 0 ? `\n  known: ${known.join('\n         ')}` : '';
    const compare = "Compare the fingerprint with the one on the machine's console; if they are the same, put";
    const replaced =
      'Somebody may be in between. If the machine was replaced on purpose, remove its ' +
      `lines (ssh-keygen -f ${this.#file.path} -R '${this.#name}'), then put`;
    this.refusal = new RemoteError(
      `The SSH host ${this.#host} (${this.#name}) ${reason}.\n  shown: ${shown}${expected}`,
      {
        host: this.#host,
        code: 'HOST_KEY',
        hint:
          `${known.length === 0 ? compare : replaced} \`hostKey: ${key}\` into its part of the ` +
          `fleet file, or this line into ${this.#file.path}: ${line}`,
        data: { name: this.#name, shown, known, file: this.#file.path, line, hostKey: key },
      },
    );
    return false;
  }
}
