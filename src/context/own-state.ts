import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writing } from '../core/disk-full.js';
import { PreconditionError, UserError, messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { withLock } from '../providers/machine/file-lock.js';
import { noStateHome, readPrivateJson, writePrivateJson } from './private-json.js';
import { xdgDir } from './user-config.js';

/** The record of a state folder, outside of it. Its name is the random id that lies in the folder. */
interface StateRecord {
  /** The folder of the fleet. */
  dir: string;
}

const ID = /^[0-9a-f]{32}$/;

/** How long another command may take to move a state folder, in milliseconds. */
const MOVE_MS = 10_000;

/**
 * The folder `.fanops` beside a fleet file. It is used only when this user made it, as a record outside of it says: one
 * that came with a clone may hold anything.
 */
export class OwnState {
  readonly #dir: string;
  readonly #records: string;

  constructor(fleetDir: string, env: NodeJS.ProcessEnv) {
    this.#dir = fleetDir;
    this.#records = join(xdgDir(env, 'XDG_STATE_HOME', '.local/state'), 'folders');
  }

  get path(): string {
    return join(this.#dir, '.fanops');
  }

  /** Whether the folder is there and this user's. */
  async isOwn(): Promise<boolean> {
    const info = await lstat(this.path).catch(() => undefined);
    return info !== undefined && info.isDirectory() && !isForeign(info.uid) && this.#isKnown();
  }

  /**
   * The folder, made when it is not there. One that is not known to this user is set aside first.
   * @throws PreconditionError (code FOREIGN_STATE) for a link, another user's folder, and links in it; (code STATE)
   * where this user may not write
   */
  async use(notice: (message: string) => void): Promise<string> {
    for (;;) {
      const info = await lstat(this.path).catch(absent);
      if (!info) {
        if (await this.#make()) return this.path;
        continue;
      }
      if (!info.isDirectory() || isForeign(info.uid))
        throw foreign(this.path, info.isDirectory() ? 'belongs to another user' : 'is no folder');
      if (await this.#isKnown()) {
        await this.#refuseLinks();
        return this.path;
      }
      const aside = await this.#moving(async () =>
        (await lstat(this.path).catch(absent)) && !(await this.#isKnown()) ? this.#setAside() : undefined,
      );
      if (aside === undefined) continue; // another command did it meanwhile
      notice(
        `${this.path} was not made by you at this place: it came with a clone or a copy, or from ` +
          `an older fanops. It was set aside as ${basename(aside)}; if it is yours: fanops trust ` +
          `--state ${basename(aside)}`,
      );
    }
  }

  /** The path of a folder that was set aside. @throws UserError when there is none of that name. */
  async setAsideAs(name: string): Promise<string> {
    const from = join(this.#dir, basename(name));
    const isHere =
      dirname(name) === '.' || (await realpath(dirname(resolve(name))).catch(() => '')) === (await realpath(this.#dir));
    const info = isHere ? await lstat(from).catch(absent) : undefined;
    if (info?.isDirectory() && !isForeign(info.uid) && basename(name).startsWith('.fanops')) return from;
    const aside = (await readdir(this.#dir)).filter((each) => each.startsWith(`${basename(this.path)}.aside-`)).sort();
    throw new UserError(
      `${isHere ? from : resolve(name)} ${info ? 'is no state folder of yours' : 'is no state folder of this fleet'}.`,
      {
        hint:
          aside.length > 0
            ? `Set aside in ${this.#dir}: ${aside.join(', ')}.`
            : `No state folder was set aside in ${this.#dir}.`,
      },
    );
  }

  /** Takes a folder that was set aside as this user's own. What is there now is set aside. */
  async adopt(name: string): Promise<void> {
    const from = await this.setAsideAs(name);
    await this.#moving(async () => {
      const id = newId();
      await rm(join(from, 'id'), { force: true });
      await writeFile(join(from, 'id'), `${id}\n`, { mode: 0o600, flag: 'wx' });
      await writePrivateJson(join(this.#records, `${id}.json`), { dir: await realpath(this.#dir) });
      while (from !== this.path) {
        if (await lstat(this.path).catch(absent)) await this.#setAside();
        if (await rename(from, this.path).then(() => true, refusedByAnother)) return;
      }
    });
  }

  /**
   * Makes the folder complete under another name: who sees it finds it known. False when another command was quicker.
   */
  async #make(): Promise<boolean> {
    const id = newId();
    const draft = join(this.#dir, `.fanops.new-${id.slice(0, 8)}`);
    const record = join(this.#records, `${id}.json`);
    await writePrivateJson(record, { dir: await realpath(this.#dir) });
    try {
      await writing(this.path, async () => {
        await mkdir(draft);
        await writeFile(join(draft, '.gitignore'), '*\n');
        await writeFile(join(draft, 'id'), `${id}\n`, { mode: 0o600 });
        await rename(draft, this.path);
      });
      return true;
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      await rm(record, { force: true });
      if (IS_THERE.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw unwritable(this.path, error);
    }
  }

  /** Moves of the folder are made by one command at a time: a second one would move what the first has made. */
  async #moving<T>(task: () => Promise<T>): Promise<T> {
    const lock = join(
      this.#records,
      `${createHash('sha256')
        .update(await realpath(this.#dir))
        .digest('hex')
        .slice(0, 32)}.lock`,
    );
    return withLock(
      lock,
      MOVE_MS,
      () =>
        task().catch((error: unknown) => {
          throw unwritable(this.path, error);
        }),
      `The state of ${this.#dir} is`,
    ).catch((error: unknown) => {
      throw noStateHome(lock, 'written', error);
    });
  }

  async #isKnown(): Promise<boolean> {
    let id: string;
    try {
      id = (await readRegularFile(join(this.path, 'id'), 100)).toString('utf8').trim();
    } catch (error) {
      // A folder that its owner cannot read is mended by doctor, not set aside.
      if ((error as NodeJS.ErrnoException).code === 'EACCES') throw error;
      return false;
    }
    if (!ID.test(id)) return false;
    return (await readPrivateJson<StateRecord>(join(this.#records, `${id}.json`)))?.dir === (await realpath(this.#dir));
  }

  async #setAside(): Promise<string> {
    for (let number = 1; ; number += 1) {
      const aside = `${this.path}.aside-${number}`;
      if (await lstat(aside).catch(absent)) continue;
      await rename(this.path, aside);
      return aside;
    }
  }

  /** What fanops writes there would go where a link leads. */
  async #refuseLinks(): Promise<void> {
    const entries = (dir: string) => readdir(dir, { withFileTypes: true }).catch(() => []);
    const environments = (await entries(join(this.path, 'env'))).map(({ name }) => join(this.path, 'env', name));
    for (const dir of [
      this.path,
      join(this.path, 'env'),
      ...environments,
      ...[this.path, ...environments].flatMap((each) => [join(each, 'cache'), join(each, 'prices')]),
    ]) {
      const link = (await entries(dir)).find((each) => each.isSymbolicLink());
      if (link) throw foreign(join(dir, link.name), 'is a link');
    }
  }
}

/** How a rename says that a folder is there already. */
const IS_THERE: readonly string[] = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'];

function refusedByAnother(error: NodeJS.ErrnoException): false {
  if (IS_THERE.includes(error.code ?? '')) return false;
  throw error;
}

/** The error for a folder beside the fleet file that this user may not make or move. */
const unwritable = (path: string, error: unknown): unknown =>
  ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
    ? new PreconditionError(`${path} cannot be written: ${messageOf(error)}`, {
        code: 'STATE',
        where: path,
        cause: error,
        hint:
          `Runs, host keys and caches are kept beside the fleet file: make ${dirname(path)} a ` +
          'folder that you can write, or work on a copy of it.',
      })
    : error;

const newId = (): string => randomBytes(16).toString('hex');

const isForeign = (uid: number): boolean => process.getuid !== undefined && uid !== process.getuid();

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

const foreign = (path: string, why: string): PreconditionError =>
  new PreconditionError(`${path} ${why}: state is kept in folders and files of your own only.`, {
    code: 'FOREIGN_STATE',
    where: path,
    hint: `Look at it, then move it away: mv ${path} ${dirname(path)}/somewhere-else`,
  });
