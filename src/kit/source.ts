import { createHash } from 'node:crypto';
import { access, lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.js';
import { kindOf } from '../core/regular-file.js';
import type { OperationContext } from './context.js';

/** Never part of a release: built again on the host, or belongs to the developer's machine. */
const NOT_PACKED = ['node_modules', '.git', '.fanops', 'local.settings.json', '.vscode', '.DS_Store'];

/** Whether an entry of an app's folder is part of a release. */
export const isPacked = (name: string): boolean => !NOT_PACKED.includes(name) && !name.startsWith('.fanops');

/** The source of a service on the control machine. */
export interface Source {
  dir: string;
  /** SHA-256 over names, modes and contents. */
  hash: string;
  bytes: number;
  hasLock: boolean;
}

/**
 * Reads a service's source folder.
 * @param file that it must have. Default: package.json
 * @throws UserError when there is none.
 */
export async function readSource(ctx: OperationContext, service: string, file = 'package.json'): Promise<Source> {
  const fleet = await ctx.fleet();
  const dir = resolve(fleet.dir, fleet.service(service).source);
  try {
    await access(join(dir, file));
  } catch (error) {
    throw new UserError(`${service}: ${dir} ${file === '' ? 'is no folder' : `is no app: it has no ${file}`}.`, {
      where: `services.${service}.source`,
      hint: 'The path is relative to the fleet file.',
      cause: error,
    });
  }
  const hash = createHash('sha256');
  const bytes = await digest(dir, '', hash);
  const hasLock = await access(join(dir, 'package-lock.json')).then(
    () => true,
    () => false,
  );
  return { dir, hash: hash.digest('hex'), bytes, hasLock };
}

const unreadable = (path: string, kind: string): UserError =>
  new UserError(`${path} is ${kind}, which cannot be part of an app.`, {
    code: 'SOURCE',
    where: path,
    hint: 'Remove it, or keep it outside of the source folder.',
  });

async function digest(dir: string, prefix: string, hash: ReturnType<typeof createHash>): Promise<number> {
  let bytes = 0;
  const names = (await readdir(dir)).filter(isPacked).sort();
  for (const name of names) {
    const path = join(dir, name);
    const info = await lstat(path);
    if (info.isDirectory()) {
      bytes += await digest(path, `${prefix}${name}/`, hash);
      continue;
    }
    if (!info.isFile() && !info.isSymbolicLink()) throw unreadable(path, kindOf(info));
    const content = info.isSymbolicLink() ? Buffer.from(await readlink(path)) : await readFile(path);
    hash.update(`${prefix}${name}\0${info.mode & 0o777}\0${content.length}\0`).update(content);
    bytes += content.length;
  }
  return bytes;
}
