import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file that holds a key. The format is that of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHostLine {
  marker?: string;
  /** Patterns, or one hashed name, as written. */
  hosts: string;
  type: string;
  /** The key in base64, as written. */
  key: string;
}

/** What a known_hosts file says of one host: the keys it may show, and those that were revoked. */
export interface KnownKeys {
  trusted: KnownHostLine[];
  revoked: KnownHostLine[];
}

/** The name under which a host is looked up: `host`, or `[host]:port` off port 22; always in lower case. */
export function knownHostName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** A line of a known_hosts file, or undefined for blanks, comments and lines that are no keys. */
export function parseKnownHostLine(line: string): KnownHostLine | undefined {
  const words = line.trim().split(/[ \t]+/);
  if (!words[0] || words[0].startsWith('#')) return undefined;
  const marker = words[0].startsWith('@') ? words.shift() : undefined;
  const [hosts, type, key] = words;
  if (!hosts || !type || !key || !/^[A-Za-z0-9+/]+=*$/.test(key)) return undefined;
  return { marker, hosts, type, key };
}

/**
 * All that a file's text says of a host. Certificate authorities are left out: the client cannot check certificates.
 */
export function keysFor(text: string, name: string): KnownKeys {
  const known: KnownKeys = { trusted: [], revoked: [] };
  for (const line of text.split('\n')) {
    const entry = parseKnownHostLine(line);
    if (!entry || !matchesHost(entry.hosts, name)) continue;
    if (entry.marker === '@revoked') known.revoked.push(entry);
    else if (!entry.marker) known.trusted.push(entry);
  }
  return known;
}

/** Whether a host field (patterns with `*`, `?`, `!`, or `|1|salt|hash`) names the host. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!wildcard(negated ? pattern.slice(1) : pattern).test(name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** The fingerprint of a key as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64. */
export function fingerprint(key: string | Buffer): string {
  const blob = typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key names itself in its first field, e.g. `ssh-ed25519`. */
export function keyType(blob: Buffer): string {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  return blob.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
}

function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || !salt || !hash) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function wildcard(pattern: string): RegExp {
  const body = pattern.replace(/[.*+?^${}()|[\]\\]/g, (char) => ({ '*': '.*', '?': '.' })[char] ?? `\\${char}`);
  return new RegExp(`^${body}$`, 's');
}
