import { RemoteError } from '../core/errors.js';
import { KnownHostsFile } from './known-hosts-file.js';
import { fingerprint, keyType, knownHostName, type KnownKeys } from './known-hosts.js';
import type { SshEndpoint } from './transport.js';

const PREFERENCE = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];

/** Decides on the key that one host shows, by the fleet's known_hosts and by what its provider vouches for. */
export class HostKeyCheck {
  readonly #file: KnownHostsFile;
  readonly #host: string;
  readonly #name: string;
  readonly #vouched: string[];
  readonly #trustOnFirstUse: boolean;
  #known: KnownKeys = { trusted: [], revoked: [] };
  #learned?: string;
  /** Why the key was refused. */
  refusal?: RemoteError;

  constructor(host: string, endpoint: SshEndpoint, knownHostsFile: string, trustOnFirstUse: boolean) {
    this.#file = new KnownHostsFile(knownHostsFile);
    this.#host = host;
    this.#name = knownHostName(endpoint.address, endpoint.port);
    this.#vouched = (endpoint.hostKeys ?? []).map((key) => key.trim().split(/\s+/).slice(0, 2).join(' '));
    this.#trustOnFirstUse = trustOnFirstUse;
  }

  /** Reads what is known and returns the host key algorithms to ask for: the known types first, else another key would look changed. */
  prepare(): string[] {
    this.refusal = undefined;
    this.#learned = undefined;
    this.#known = this.#file.keysFor(this.#name);
    if (this.#known.trusted.length === 0 && this.#vouched.length > 0) {
      this.#file.add(this.#name, this.#vouched);
      this.#known = this.#file.keysFor(this.#name);
    }
    const types = new Set([...this.#known.trusted.map((key) => key.type), ...this.#vouched.map((key) => key.split(' ')[0] ?? '')]);
    const known = PREFERENCE.filter((algorithm) => types.has(algorithm) || (types.has('ssh-rsa') && algorithm.startsWith('rsa-')));
    return [...known, ...PREFERENCE.filter((algorithm) => !known.includes(algorithm))];
  }

  /** Whether to go on with a host that shows this key (the raw blob); sets `refusal` when not. */
  accept(blob: Buffer): boolean {
    const key = blob.toString('base64');
    const shown = `${keyType(blob)} ${key}`;
    if (this.#known.revoked.some((entry) => entry.key === key)) return this.#refuse(blob, 'shows a key that is marked as revoked');
    if (this.#known.trusted.some((entry) => entry.key === key)) return true;
    if (this.#vouched.includes(shown) || (this.#trustOnFirstUse && this.#known.trusted.length === 0)) {
      this.#learned = shown;
      return true;
    }
    return this.#refuse(blob, this.#known.trusted.length === 0 ? 'is not known yet' : 'shows another key than the known one');
  }

  /** Keeps a key that was accepted for the first time; called after the host has proved that it owns it. */
  keep(): void {
    if (this.#learned) this.#file.replace(this.#name, [this.#learned]);
    this.#learned = undefined;
  }

  #refuse(blob: Buffer, reason: string): false {
    const shown = `${keyType(blob)} ${fingerprint(blob)}`;
    const known = this.#known.trusted.map((entry) => `${entry.type} ${fingerprint(entry.key)}`);
    const line = `${this.#name} ${keyType(blob)} ${blob.toString('base64')}`;
    const expected = known.length > 0 ? `\n  known: ${known.join('\n         ')}` : '';
    const compare = "Compare the fingerprint with the one on the machine's console; if they are the same,";
    const replaced = `Somebody may be in between. If the machine was replaced on purpose, remove its lines (ssh-keygen -f FILE -R '${this.#name}') and`;
    this.refusal = new RemoteError(`The SSH host ${this.#host} (${this.#name}) ${reason}.\n  shown: ${shown}${expected}`, {
      host: this.#host,
      code: 'HOST_KEY',
      hint: `${known.length === 0 ? compare : replaced} add this line to ${this.#file.path}: ${line}`,
      data: { name: this.#name, shown, known, file: this.#file.path, line },
    });
    return false;
  }
}
