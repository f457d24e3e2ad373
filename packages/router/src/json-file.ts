import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { decode, MalformedError, type Schema } from 'fanops-protocol';
import { claimReserve, keepReserve } from './reserve.js';

/**
 * Reads a file by its schema; undefined when there is none. @throws {Error} that names the file and the first place in
 * it that is wrong
 */
export async function readJson<T>(file: string, schema: Schema<T>): Promise<T | undefined> {
  try {
    return decode(schema, await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof MalformedError) throw new Error(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Writes JSON so that a reader sees the old file or the new one, never a part. On a full disk it goes where room was
 * set aside for it.
 * @param dir the router's directory
 */
export async function writeJson(dir: string, file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  const text = `${JSON.stringify(value)}\n`;
  try {
    await writeFile(draft, text);
  } catch (error) {
    if (!isFull(error)) throw error;
    await rm(draft, { force: true });
    if (!(await claimReserve(dir, draft, Buffer.byteLength(text)))) throw error;
    await writeOver(draft, text);
  }
  await rename(draft, file);
  await keepReserve(dir);
}

/** In the blocks that the file has. */
async function writeOver(file: string, text: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(text, 0);
    await handle.truncate(Buffer.byteLength(text));
  } finally {
    await handle.close();
  }
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
