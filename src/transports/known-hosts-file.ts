import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFullError, isDiskFull } from '../core/disk-full.js';
import { PreconditionError, UserError, messageOf } from '../core/errors.js';
import { replaceFileSync } from '../core/write-file.js';
import { keysFor, matchesHost, parseKnownHostLine, type KnownKeys } from './known-hosts.js';

/**
 * A known_hosts file. Reading and writing are synchronous, so that tasks of one process never overwrite each other's
 * lines;
 * a write replaces the whole file atomically, with mode 0600.
 */
export class KnownHostsFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * What the file says of a host; a file that does not exist says nothing.
   * @throws PreconditionError (code HOST_KEY) when it cannot be read: a host must not be trusted then.
   */
  keysFor(name: string): KnownKeys {
    return keysFor(this.#text(), name);
  }

  /** Adds keys of a host, each as `type base64`, leaving out those that it has. */
  add(name: string, keys: readonly string[]): void {
    const text = this.#text();
    const present = new Set(keysFor(text, name).trusted.map((entry) => `${entry.type} ${entry.key}`));
    const missing = keys.map(normalise).filter((key) => !present.has(key));
    if (missing.length > 0) this.#write([...linesOf(text), ...missing.map((key) => `${name} ${key}`)]);
  }

  /**
   * Makes these the only keys under a host's own name. Other hosts of a line, wildcards and revoked keys stay as they
   * are.
   */
  replace(name: string, keys: readonly string[]): void {
    const kept = linesOf(this.#text()).flatMap((line) => withoutHost(line, name));
    this.#write([...kept, ...keys.map((key) => `${name} ${normalise(key)}`)]);
  }

  #text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw new PreconditionError(`The file of known host keys cannot be read: ${messageOf(error)}`, {
        code: 'HOST_KEY',
        where: this.path,
        hint: 'Make it readable for this user; without it no host can be trusted.',
        cause: error,
      });
    }
  }

  #write(lines: string[]): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      replaceFileSync(this.path, `${lines.join('\n')}\n`, 0o600);
    } catch (error) {
      if (isDiskFull(error)) throw diskFullError(this.path, error);
      throw new PreconditionError(`The file of known host keys cannot be written: ${messageOf(error)}`, {
        code: 'HOST_KEY',
        where: this.path,
        cause: error,
      });
    }
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1);
}

function withoutHost(line: string, name: string): string[] {
  const entry = parseKnownHostLine(line);
  if (!entry || entry.marker || !matchesHost(entry.hosts, name)) return [line];
  const others = entry.hosts.startsWith('|')
    ? []
    : entry.hosts.split(',').filter((host) => host.toLowerCase() !== name);
  return others.length > 0 ? [`${others.join(',')} ${entry.type} ${entry.key}`] : [];
}

function normalise(key: string): string {
  const [type, blob] = key.trim().split(/\s+/);
  if (!type || !blob || !/^[A-Za-z0-9+/]+=*$/.test(blob)) {
    throw new UserError(`"${key}" is not a host key.`, { hint: 'Write it as `ssh-ed25519 AAAA...`.' });
  }
  return `${type} ${blob}`;
}
