import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { formatBytes } from './bytes.js';

/** What a path names that is no regular file; reading it could wait for ever. */
export function kindOf(info: {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a named pipe';
  if (info.isSocket()) return 'a socket';
  return info.isCharacterDevice() || info.isBlockDevice() ? 'a device' : 'no file';
}

/**
 * The content of a regular file; a named pipe, a device or a folder is refused without waiting for it.
 * @param maxBytes more than that is refused before it is read
 * @throws Error as of node:fs, or one that says what the path names instead
 */
export async function readRegularFile(path: string, maxBytes = 1 << 20): Promise<Buffer> {
  // Without O_NONBLOCK, opening a named pipe waits for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requireRegular(path, await file.stat(), maxBytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The same where nothing can be waited for. */
export function readRegularFileSync(path: string, maxBytes = 1 << 20): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requireRegular(path, fstatSync(file), maxBytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function requireRegular(path: string, info: Stats, maxBytes: number): void {
  if (!info.isFile()) throw new Error(`${path} is ${kindOf(info)}, and must be a regular file`);
  if (info.size > maxBytes)
    throw new Error(`${path} has ${formatBytes(info.size)}, and may have ${formatBytes(maxBytes)}`);
}
