import { UserError, messageOf } from './errors.js';
import { readRegularFile } from './regular-file.js';

/** More is no package.json, host.json or function.json, in bytes. */
const LIMIT = 1 << 20;

/**
 * Reads a JSON object that users write, such as package.json.
 * @throws UserError (code BAD_JSON) for a file that is none, is too large, or is no regular file
 */
export async function readUserJson<T extends object>(path: string): Promise<Partial<T>> {
  try {
    const value = JSON.parse((await readRegularFile(path, LIMIT)).toString('utf8').replace(/^\uFEFF/, '')) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Partial<T>;
  } catch (error) {
    throw bad(path, messageOf(error).replaceAll(path, 'it'), error);
  }
  throw bad(path, 'it must be an object');
}

function bad(path: string, why: string, cause?: unknown): UserError {
  const hint = 'Correct the file, then run it again.';
  return new UserError(`${path} cannot be used: ${why}.`, { code: 'BAD_JSON', where: path, hint, cause });
}
