import { execFile } from 'node:child_process';
import { access, cp, glob, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { diskFullError, fullPlace, isDiskFull, saysDiskFull } from '../../core/disk-full.js';
import { FanopsError, PreconditionError, messageOf } from '../../core/errors.js';
import { lastLines } from '../../core/lines.js';
import { readUserJson } from '../../core/read-json.js';
import { install } from '../../remote/release.js';
import type { OperationContext } from '../../kit/context.js';
import { appCacheDir, endUse, temporaryCopy, useCopy } from '../../kit/app-cache.js';
import { npmEnv } from './confined.js';
import { isPacked, type Source } from '../../kit/source.js';

const exec = promisify(execFile);
const STEP_TIMEOUT_MS = 300_000;

/** An app on the control machine, ready to be loaded and to be packed. */
export interface AppCopy {
  /** Folder in which it can be loaded: its dependencies are there, and it is built. */
  dir: string;
  /**
   * True when its build script made what its package names, as with TypeScript; then this folder is what a release is
   * packed from.
   */
  built: boolean;
}

/**
 * The source itself when it can be loaded where it is, else a copy in the cache: installed from its lockfile, and built
 * by its own script where what
 * `main` or a `scriptFile` names is not in the source. The source is never written to.
 * @throws PreconditionError with the last lines of npm or of the build.
 */
export async function appCopy(ctx: OperationContext, service: string, source: Source): Promise<AppCopy> {
  const built = await needsBuild(source.dir);
  if (!built && (await isThere(join(source.dir, 'node_modules')))) return { dir: source.dir, built };
  const dir = join(
    appCacheDir(await ctx.state.dir()),
    `${service}-${source.hash.slice(0, 16)}${built ? '-built' : ''}`,
  );
  try {
    return { dir: await copyAt(ctx, service, source, built, dir), built };
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    const elsewhere = await temporaryCopy(dir).catch((problem: unknown) => {
      throw isDiskFull(problem) ? diskFullError(tmpdir(), problem) : problem;
    });
    ctx.io.listener({
      type: 'notice',
      message:
        `${dirname(dir)} cannot be written (${messageOf(error)}); the copy of ${service} ` +
        `goes to ${dirname(elsewhere)}`,
    });
    return { dir: await copyAt(ctx, service, source, built, elsewhere), built };
  }
}

/** Whether an error comes from a place that cannot be written. */
const isUnwritable = (error: unknown): boolean =>
  isDiskFull(error) ||
  ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');

/** The folder of a copy, which is made when it is not there. */
async function copyAt(
  ctx: OperationContext,
  service: string,
  source: Source,
  built: boolean,
  dir: string,
): Promise<string> {
  await useCopy(dir);
  if (await isThere(dir)) return dir;
  const draft = `${dir}.${process.pid}`;
  const run = async (what: string, argv: readonly string[]): Promise<void> => {
    ctx.io.listener({ type: 'notice', message: `${what} in a copy of ${service}` });
    const [command = 'npm', ...args] = argv;
    await exec(command, args, {
      cwd: draft,
      env: npmEnv(process.env),
      timeout: STEP_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal: ctx.signal,
      maxBuffer: 16 << 20,
    }).catch((error: unknown) => {
      throw failed(service, argv, error, dirname(dir));
    });
  };
  try {
    await mkdir(draft, { recursive: true });
    await useCopy(dir);
    await cp(source.dir, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => from === source.dir || isPacked(basename(from)),
    });
    // A build needs its compiler, which is a development dependency.
    await run(
      'installing dependencies',
      built ? install(source.hasLock).filter((arg) => arg !== '--omit=dev') : install(source.hasLock),
    );
    if (built) await run('building', ['npm', 'run', 'build']);
    await rename(draft, dir);
    return dir;
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    if (await isThere(dir)) return dir;
    await endUse(dir);
    throw isDiskFull(error) ? diskFullError(dirname(dir), error) : error;
  }
}

/**
 * Whether the app has a build script and lacks what it makes: a file that `main` names by pattern, or the `scriptFile`
 * of a function.
 */
async function needsBuild(dir: string): Promise<boolean> {
  const { main, scripts } = await readUserJson<{ main: unknown; scripts: Record<string, string> }>(
    join(dir, 'package.json'),
  );
  if (!scripts?.build) return false;
  if (typeof main === 'string' && !(await some(glob(main, { cwd: dir })))) return true;
  for await (const file of glob('*/function.json', { cwd: dir })) {
    const { scriptFile } = await readUserJson<{ scriptFile: unknown }>(join(dir, file));
    if (typeof scriptFile === 'string' && !(await isThere(join(dir, file, '..', scriptFile)))) return true;
  }
  return false;
}

async function some(paths: AsyncIterable<string>): Promise<boolean> {
  for await (const _path of paths) return true;
  return false;
}

function failed(service: string, argv: readonly string[], error: unknown, dir: string): FanopsError {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  if (saysDiskFull(stderr)) return diskFullError(fullPlace(dir), error);
  const message = argv.includes('build')
    ? `The build script of ${service} failed.`
    : `The dependencies of ${service} cannot be installed.`;
  return new PreconditionError(message, {
    hint: lastLines(stderr.trim() || stdout, 12),
    cause: error,
  });
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
