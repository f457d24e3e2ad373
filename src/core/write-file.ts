import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { writing } from './disk-full.js';

/** The same as `replaceFile`, for what may not be interrupted by another task of this process. */
export function replaceFileSync(path: string, content: string | Buffer, mode: number): void {
  const draft = draftOf(path);
  try {
    writeFileSync(draft, content, { mode, flag: 'wx', flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Replaces a file in one step: a full disk or a crash leaves the one that was there. Leaves no draft behind.
 * @param mode permissions of the file, whatever the umask; default: those of a new file
 * @throws FanopsError (code DISK_FULL) without space, else the error of the file system
 */
export async function replaceFile(path: string, content: string | Buffer, mode?: number): Promise<void> {
  const draft = draftOf(path);
  try {
    await writing(path, async () => {
      await writeFile(draft, content, { mode, flag: 'wx', flush: true });
      if (mode !== undefined) await chmod(draft, mode);
      await rename(draft, path);
    });
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined); // where nothing can be written, there is none
    throw error;
  }
}

const draftOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.tmp`;
