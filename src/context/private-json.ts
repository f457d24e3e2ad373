import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writing } from '../core/disk-full.js';
import { readRegularFile } from '../core/regular-file.js';

/** The content of a JSON file of this user; undefined when it is not there or no JSON. */
export async function readPrivateJson<T>(file: string): Promise<Partial<T> | undefined> {
  try {
    return JSON.parse((await readRegularFile(file)).toString('utf8')) as Partial<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a JSON file that only this user may read, in one step. */
export async function writePrivateJson(file: string, content: unknown): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writing(file, async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
      await rename(draft, file);
    });
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
