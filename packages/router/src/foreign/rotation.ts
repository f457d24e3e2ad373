import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keptLogs, logName } from '../log-files.js';

/** Size at which access logs are rotated, in bytes. */
export const logBytes = 64 << 20;

/** Moves a log that has grown beyond a size to `NAME.1`, older ones further, the oldest away. @returns whether it did */
export async function rotate(file: string, size: number, kept: number): Promise<boolean> {
  const present = await sizeOf(file);
  if (present === undefined || present < size) return false;
  for (let age = kept; age > 0; age -= 1) {
    const from = age === 1 ? file : `${file}.${age - 1}`;
    if ((await sizeOf(from)) !== undefined) await rename(from, `${file}.${age}`);
  }
  return true;
}

/** Rotates the access log that an engine writes. @returns whether it must open it anew */
export const rotateAccessLog = (dir: string): Promise<boolean> => rotate(join(dir, logName), logBytes, keptLogs);

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(({ size }) => size, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
