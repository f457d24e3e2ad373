import { stat } from 'node:fs/promises';
import { StartError } from '../core/errors.js';

/**
 * Looks at who else may use a file with secrets. Throws StartError where anyone on the machine may write it: they could
 * give themselves a key. Returns a warning where others may read it. A file that is not there is left to its reader.
 */
export async function privateFileWarning(option: string, file: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined; // no such bits there
  let mode: number;
  try {
    ({ mode } = await stat(file));
  } catch {
    return undefined; // the reader says what is wrong with it
  }
  const wayOut = `Run: chmod 600 ${file}`;
  if (mode & 0o002) throw new StartError(`${option} ${file} can be changed by everyone on this machine. ${wayOut}`);
  if (mode & 0o077) return `${option} ${file} holds secrets, but others on this machine can read it. ${wayOut}`;
  return undefined;
}
