import { execFile } from 'node:child_process';
import { access, cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { PreconditionError } from '../../core/errors.js';
import { install } from '../../remote/release.js';
import type { OperationContext } from '../context.js';
import { NOT_PACKED, type Source } from './source.js';

const exec = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * A folder in which the app can be loaded: its own one when its dependencies are installed there, else a copy in the cache, installed from its
 * lockfile. The source itself is never written to.
 * @throws PreconditionError with npm's last lines.
 */
export async function installedCopy(ctx: OperationContext, service: string, source: Source): Promise<string> {
  if (await isThere(join(source.dir, 'node_modules'))) return source.dir;
  const dir = join(await ctx.stateDir(), 'cache', 'apps', `${service}-${source.hash.slice(0, 16)}`);
  if (await isThere(dir)) return dir;
  ctx.listener({ type: 'notice', message: `installing the dependencies of ${service} in a copy, to load it` });
  const draft = `${dir}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await cp(source.dir, draft, { recursive: true, verbatimSymlinks: true, filter: (from) => from === source.dir || !NOT_PACKED.includes(basename(from)) });
    const [command = 'npm', ...args] = install(source.hasLock);
    await exec(command, args, { cwd: draft, timeout: INSTALL_TIMEOUT_MS, signal: ctx.signal, maxBuffer: 16 << 20 });
    await rename(draft, dir);
    return dir;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (await isThere(dir)) return dir;
    throw new PreconditionError(`The dependencies of ${service} cannot be installed.`, {
      hint: (error as { stderr?: string }).stderr?.trim().split('\n').slice(-12).join('\n'), cause: error,
    });
  }
}

const isThere = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
