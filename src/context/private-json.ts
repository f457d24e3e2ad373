import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskFull, writing } from '../core/disk-full.js';
import { FanopsError, PreconditionError, messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { replaceFile } from '../core/write-file.js';

/**
 * The content of a JSON file of this user; undefined when it is not there or no JSON.
 * @throws PreconditionError (code STATE) when it cannot be read
 */
export async function readPrivateJson<T>(file: string): Promise<Partial<T> | undefined> {
  try {
    return JSON.parse((await readRegularFile(file)).toString('utf8')) as Partial<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw noStateHome(file, 'read', error);
  }
}

/**
 * Writes a JSON file that only this user may read, in one step.
 * @throws PreconditionError (code STATE) where this user may not write, FanopsError (code DISK_FULL) without space
 */
export async function writePrivateJson(file: string, content: unknown): Promise<void> {
  try {
    await writing(file, () => mkdir(dirname(file), { recursive: true, mode: 0o700 }));
    await replaceFile(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  } catch (error) {
    throw noStateHome(file, 'written', error);
  }
}

/** The error for a file of the user's records that cannot be used; what has a cause of its own stays as it is. */
export function noStateHome(file: string, what: 'read' | 'written', error: unknown): unknown {
  if (error instanceof FanopsError || isDiskFull(error)) return error;
  return new PreconditionError(`${file} cannot be ${what}: ${messageOf(error)}`, {
    code: 'STATE',
    where: dirname(file),
    cause: error,
    hint:
      `fanops keeps records of this user there. Make ${dirname(file)} a folder that you can ` +
      'write, or set XDG_STATE_HOME to another folder of yours.',
  });
}
