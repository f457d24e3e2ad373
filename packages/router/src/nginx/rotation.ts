import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keptLogs, logName } from '../log-files.js';

/** Moves a log that has grown beyond a size to `NAME.1`, older ones further, the oldest away. @returns whether it did */
async function rotate(file: string, size: number, kept: number): Promise<boolean> {
  const present = await sizeOf(file);
  if (present === undefined || present < size) return false;
  for (let age = kept; age > 0; age -= 1) {
    const from = age === 1 ? file : `${file}.${age - 1}`;
    if ((await sizeOf(from)) !== undefined) await rename(from, `${file}.${age}`);
  }
  return true;
}

/** Rotates both logs of nginx. @param size bytes. @returns whether nginx must open them anew */
export async function rotateLogs(dir: string, size: number): Promise<boolean> {
  const access = await rotate(join(dir, logName), size, keptLogs);
  const errors = await rotate(join(dir, 'nginx', 'error.log'), size / 4, 1);
  return access || errors;
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(({ size }) => size, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
