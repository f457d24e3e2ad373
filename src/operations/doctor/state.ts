import { chmod, lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writing } from '../../core/disk-full.js';
import type { OperationContext } from '../../kit/context.js';
import { appCacheDir, unusedCopies } from '../../kit/app-cache.js';
import { check, ok, skipped, warn, type Check } from './check.js';

const FIX = 'chmod -R u+rwX,o-w .fanops';
const OTHERS_WRITE = 0o002;

/** The folder beside the fleet file for journals and caches: can it be written, by nobody else. */
export const stateCheck = (ctx: OperationContext, known: boolean): Promise<Check> =>
  check(
    'here/state',
    'State folder',
    ctx.signal,
    async () => {
      if (!known) return skipped('there is no fleet file to put it beside');
      const root = await rootOf(ctx);
      const wrong = await wrongModes(root);
      if (wrong.length > 0) {
        const names = wrong.map(({ path }) => relative(dirname(root), path));
        return warn(`not to be written by you, or by others too: ${names.slice(0, 5).join(', ')}`, FIX, {
          kind: 'state',
          title: `Correct the modes in ${root}`,
        });
      }
      const dir = await ctx.state.dir();
      const probe = join(dir, `.doctor-${process.pid}`);
      // Some bytes: on a full disk a file without content can often be made.
      await writing(dir, () => writeFile(probe, 'fanops'.repeat(1000))).finally(() => rm(probe, { force: true }));
      return ok(dir);
    },
    `Make .fanops beside the fleet file writable: ${FIX}`,
  );

/** Copies of apps beside the fleet file that no run needs. Each is as large as an app with its dependencies. */
export const cacheCheck = (ctx: OperationContext): Promise<Check> =>
  check('here/cache', 'Copies of apps', ctx.signal, async () => {
    const dir = appCacheDir(await ctx.state.dir());
    const unused = (await unusedCopies(dir)).length;
    if (unused === 0) return ok('no old ones are kept');
    const copies = `${unused} old ${unused === 1 ? 'copy' : 'copies'} of apps`;
    return warn(`${copies} in ${dir}`, 'fanops doctor --fix', { kind: 'cache', title: `Remove ${copies} from ${dir}` });
  });

/** Gives this user what is his in the state folder, and takes from others what they may write. */
export async function mendState(ctx: OperationContext): Promise<void> {
  // Twice: what stands in a folder that could not be read is seen when it can.
  for (let time = 0; time < 2; time++)
    for (const { path, mode } of await wrongModes(await rootOf(ctx))) await chmod(path, mode);
}

const rootOf = async (ctx: OperationContext): Promise<string> => join((await ctx.fleet()).dir, '.fanops');

/**
 * The folder itself, what stands in it, and in the folders of environments. Not what runs keep below: that is evidence
 * and copies of apps.
 */
async function wrongModes(root: string): Promise<{ path: string; mode: number }[]> {
  const tops = [root, ...(await entries(root)), ...(await entries(join(root, 'env')))];
  const paths = [...tops, ...(await Promise.all((await entries(join(root, 'env'))).map(entries))).flat()];
  const looked = await Promise.all(
    paths.map(async (path) => {
      const info = await lstat(path).catch((error: NodeJS.ErrnoException) => {
        if (['ENOENT', 'EACCES'].includes(error.code ?? '')) return undefined;
        throw error;
      });
      if (!info || info.isSymbolicLink()) return [];
      const mode = ((info.mode & 0o777) | (info.isDirectory() ? 0o700 : 0o600)) & ~OTHERS_WRITE;
      return mode === (info.mode & 0o777) ? [] : [{ path, mode }];
    }),
  );
  return looked.flat();
}

async function entries(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code ?? '')) return [];
    throw error;
  });
  return names.map((name) => join(dir, name));
}
