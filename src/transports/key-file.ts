import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';

/** What a private key file, or the public one beside it, says without a passphrase. */
export interface KeyFile {
  path: string;
  /** The private key, when it is there and not encrypted. */
  private?: ParsedKey;
  /** The public half; unknown for an encrypted key of an old format without its `.pub`. */
  public?: ParsedKey;
  /** The text of a private key that needs a passphrase. */
  encrypted?: Buffer;
  /** Why there is no private key here. */
  reason?: string;
}

/** Reads a key. Never raises: what is wrong is the `reason`. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let content: Buffer;
  try {
    content = await readRegularFile(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(error);
    return { path, public: await publicBeside(path), reason };
  }
  const key = parse(content);
  if (!(key instanceof Error)) {
    return key.isPrivateKey()
      ? { path, private: key, public: key }
      : { path, public: key, reason: 'it is a public key; name the private one' };
  }
  if (!/passphrase/i.test(key.message)) return { path, reason: key.message };
  return { path, encrypted: content, public: publicHalf(content) ?? (await publicBeside(path)) };
}

/** Decrypts a key. Returns undefined when the passphrase does not fit. */
export function decrypt(content: Buffer, passphrase: string): ParsedKey | undefined {
  const key = parse(content, passphrase);
  return key instanceof Error || !key.isPrivateKey() ? undefined : key;
}

function parse(content: Buffer | string, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(content, passphrase) as ParsedKey | ParsedKey[] | Error;
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in it')) : parsed;
}

async function publicBeside(path: string): Promise<ParsedKey | undefined> {
  const content = await readRegularFile(`${path}.pub`).catch(() => undefined); // most keys do without
  const key = content && parse(content);
  return key instanceof Error ? undefined : key;
}

const MAGIC = 'openssh-key-v1\0';

/** The public half of an encrypted key in OpenSSH's format, which is not encrypted (PROTOCOL.key of OpenSSH). */
function publicHalf(content: Buffer): ParsedKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(content.toString('latin1'))?.[1];
  const blob = Buffer.from(body ?? '', 'base64');
  if (blob.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) return undefined;
  try {
    let at = MAGIC.length;
    const field = (): Buffer => {
      const length = blob.readUInt32BE(at);
      at += 4 + length;
      return blob.subarray(at - length, at);
    };
    for (const _ of ['cipher', 'key derivation', 'its options']) field();
    at += 4; // the number of keys, which is always one
    const key = field();
    const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
    const parsed = parse(`${type} ${key.toString('base64')}`);
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined; // cut short: decrypting it will tell
  }
}
