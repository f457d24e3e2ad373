import { copyFile, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { keptLogs, logName } from '../log-files.js';

/** Size at which access logs are rotated, in bytes. */
export const logBytes = 64 << 20;

/**
 * Moves a log that has grown beyond a size to `NAME.1`, older ones further, the oldest away. @returns whether it did
 */
export async function rotate(file: string, size: number, kept: number): Promise<boolean> {
  const present = await sizeOf(file);
  if (present === undefined || present < size) return false;
  await age(file, kept);
  await rename(file, `${file}.1`);
  return true;
}

/**
 * The same for a log that another process appends to and does not open anew: its content goes to `NAME.1`. @returns
 * whether it did
 */
export async function rotateInPlace(file: string, size: number, kept: number): Promise<boolean> {
  const present = await sizeOf(file);
  if (present === undefined || present < size) return false;
  await age(file, kept);
  await copyFile(file, `${file}.1`);
  await truncate(file);
  return true;
}

/** Gives rotated logs the next number, the oldest away. */
async function age(file: string, kept: number): Promise<void> {
  for (let number = kept; number > 1; number -= 1) {
    const from = `${file}.${number - 1}`;
    if ((await sizeOf(from)) !== undefined) await rename(from, `${file}.${number}`);
  }
}

/** Rotates the access log that an engine writes. @returns whether it must open it anew */
export const rotateAccessLog = (dir: string): Promise<boolean> => rotate(join(dir, logName), logBytes, keptLogs);

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}
