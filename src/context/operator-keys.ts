import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { diskFullError, isDiskFull } from '../core/disk-full.js';
import { UserError, messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { replaceFileSync } from '../core/write-file.js';
import type { Fleet } from '../fleet/fleet.js';
import type { OperatorKeys } from '../kit/context.js';
import { bareKey, ed25519 } from '../remote/host-key.js';
import { distinctKeys } from '../remote/cloud-init.js';
import { expandHome, fleetKeyFile, keyDir } from '../transports/home.js';

/**
 * What the operator brings to new machines: `host.identity`, else a key that is made once for the fleet, and the keys
 * that `sshKeys` lists. A machine that
 * no provider makes lets the operator in already: for it there are only the listed ones.
 * @throws UserError for a key that cannot be read.
 */
export async function operatorKeys(fleet: Fleet, name: string, home: string): Promise<OperatorKeys> {
  const { identity, provider } = fleet.host(name);
  const own =
    provider === undefined
      ? undefined
      : identity === undefined
        ? madeKey(fleetKeyFile(home, fleet.name), fleet.name)
        : await publicKeyOf(resolve(fleet.dir, expandHome(identity, home)), name);
  const listed = await Promise.all(
    (fleet.config.sshKeys ?? []).map((entry, at) => listedKey(entry, `sshKeys.${at}`, fleet.dir, home)),
  );
  return {
    authorizedKeys: distinctKeys([...(own === undefined ? [] : [own]), ...listed]),
    listedKeys: distinctKeys(listed),
    secret: Buffer.from(
      made(join(keyDir(home), 'first-boot.secret'), () => randomBytes(32).toString('hex')),
      'hex',
    ),
  };
}

/** The public half of the fleet's own key; the pair is made when it is missing. */
function madeKey(file: string, fleet: string): string {
  const text = made(file, () => ed25519(randomBytes(32), `fanops-${fleet}`).private);
  const pair = publicHalf(text, fleet);
  replaceFileSync(`${file}.pub`, `${pair}\n`, 0o644);
  return pair;
}

/**
 * The content of a file that is made once, also when several processes want it at the same time: it appears complete,
 * under mode 0600.
 */
function made(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, make(), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, file);
  } catch (error) {
    if (isDiskFull(error)) throw diskFullError(file, error);
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}

/**
 * The public blob is the only plain string field of that length in the format; it is read where PROTOCOL.key of OpenSSH
 * puts it.
 */
function publicHalf(text: string, fleet: string): string {
  const body = Buffer.from(/KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1] ?? '', 'base64');
  const start = Buffer.byteLength('openssh-key-v1\0') + 8 + 8 + 4 + 4;
  const length = body.readUInt32BE(start);
  return `ssh-ed25519 ${body.subarray(start + 4, start + 4 + length).toString('base64')} fanops-${fleet}`;
}

async function publicKeyOf(file: string, host: string): Promise<string> {
  const { readKeyFile } = await import('../transports/key-file.js');
  const key = await readKeyFile(file);
  if (key.public) return `${key.public.type} ${key.public.getPublicSSH().toString('base64')}`;
  throw new UserError(
    `The key ${file} cannot be given to new machines: ` +
      `${key.reason ?? 'its public half is not known without its passphrase'}.`,
    {
      where: `hosts.${host}.identity`,
      hint: `Put its public half beside it: ssh-keygen -y -f ${file} > ${file}.pub`,
    },
  );
}

async function listedKey(entry: string, where: string, dir: string, home: string): Promise<string> {
  if (!entry.startsWith('file:')) return entry.trim();
  const file = resolve(dir, expandHome(entry.slice('file:'.length), home));
  let text: string;
  try {
    text = (await readRegularFile(file)).toString('utf8').trim();
  } catch (error) {
    throw new UserError(`The public key cannot be read: ${messageOf(error)}`, { where, cause: error });
  }
  if (!/^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+=*( .*)?$/.test(text)) {
    throw new UserError(`${file} is no public key.`, { where, hint: 'It holds one line: ssh-ed25519 AAAA...' });
  }
  return `${bareKey(text)}${text.split(/\s+/).length > 2 ? ` ${text.split(/\s+/).slice(2).join(' ')}` : ''}`;
}
