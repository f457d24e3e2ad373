import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes that can still be made once the disk is full: traffic that is to go back must be able to. */
const files = 8;
const bytes = 16 << 10;

const folder = (dir: string): string => join(dir, 'reserve');

/** Sets room aside, for as much as there is room. */
export async function keepReserve(dir: string): Promise<void> {
  try {
    await mkdir(folder(dir), { recursive: true });
    const present = new Set(await readdir(folder(dir)));
    for (let each = 0; each < files; each += 1) {
      if (!present.has(String(each))) await fill(dir, String(each));
    }
  } catch (error) {
    // Full already, or another process has the same in hand: what is there must do.
    if (!['ENOSPC', 'EDQUOT', 'ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function fill(dir: string, name: string): Promise<void> {
  const draft = join(folder(dir), `.${name}.${process.pid}`);
  try {
    await writeFile(draft, Buffer.alloc(bytes));
    await rename(draft, join(folder(dir), name));
  } finally {
    await rm(draft, { force: true });
  }
}

/** Moves room that was set aside to a path. False when there is none, or it is too small. */
export async function claimReserve(dir: string, path: string, size: number): Promise<boolean> {
  if (size > bytes) return false;
  for (const name of await readdir(folder(dir)).catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const mine = await rename(join(folder(dir), name), path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false; // another process was faster
        throw error;
      },
    );
    if (mine) return true;
  }
  return false;
}
