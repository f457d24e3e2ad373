import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartError } from '../core/errors.js';

/** The folder for timer status and leadership; by default one below the system's temporary folder for this app root. */
export function ensureStateDir(root: string, given?: string): string {
  if (given) {
    const dir = resolve(given); // the current folder is about to change
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  }
  const hash = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 12);
  const dir = join(tmpdir(), `fanops-functions-host-${hash}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  if (uid !== undefined && statSync(dir).uid !== uid)
    throw new StartError(`${dir} belongs to another user. Give --state DIR.`);
  return dir;
}
