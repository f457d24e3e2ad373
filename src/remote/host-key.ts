import { createHash, createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto';
import { runScript } from '../core/host-script.js';

/** A pair as OpenSSH writes it: the private key as a file, the public one as `ssh-ed25519 AAAA... comment`. */
export interface KeyPair {
  private: string;
  public: string;
}

/** Comment of a host key that came with the first boot; it is replaced at the first login. */
export const FIRST_KEY = 'fanops-first-boot';

const TYPE = 'ssh-ed25519';
/** An ed25519 private key in PKCS #8 is this, then its 32 bytes (RFC 8410, 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A string of the SSH wire format: its length in four bytes, then itself (RFC 4251, 5). */
const wire = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/**
 * The ed25519 pair of a seed of 32 bytes, in OpenSSH's own private format (PROTOCOL.key of OpenSSH): sshd reads no
 * other for this type.
 * The same seed gives the same text.
 */
export function ed25519(seed: Buffer, comment: string): KeyPair {
  const key = createPublicKey(createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' }));
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([wire(TYPE), wire(raw)]);
  const check = createHash('sha256').update(seed).digest().subarray(0, 4);
  const secret = Buffer.concat([check, check, wire(TYPE), wire(raw), wire(Buffer.concat([seed, raw])), wire(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, at) => at + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    wire('none'),
    wire('none'),
    wire(''),
    one,
    wire(blob),
    wire(Buffer.concat([secret, padding])),
  ]).toString('base64');
  const lines = body.match(/.{1,70}/g) ?? [];
  return {
    private: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
    public: `${TYPE} ${blob.toString('base64')} ${comment}`,
  };
}

/**
 * The host key that a new machine brings. It is made from a secret of this operator and the names of run and host, so
 * that a second try of the same
 * step sends the same user data, without the key being kept anywhere.
 */
export function firstHostKey(secret: Buffer, run: string, fleet: string, host: string): KeyPair {
  const seed = hkdfSync('sha256', secret, Buffer.alloc(0), `fanops host key ${run} ${fleet} ${host}`, 32);
  return ed25519(Buffer.from(seed), FIRST_KEY);
}

/** Type and key, without the comment. */
export const bareKey = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ');

/** As root: prints the host's ed25519 key, nothing when it has none. */
export const readHostKey = (): string[] => ['sh', '-c', 'cat /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || true'];

const DRAFT = '/etc/ssh/fanops_new_ed25519_key';

/** As root: makes a new key beside the one in use, once, and prints its public half. */
export const makeHostKey = (comment: string): string[] => runScript('host-key-make', 'fanops-host-key', DRAFT, comment);

/** As root: puts the new key in the place of the old one and has sshd take it. Connections that are open stay. */
export const takeHostKey = (): string[] => runScript('host-key-take', 'fanops-host-key', DRAFT);
