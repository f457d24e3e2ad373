import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** The log's name; rotated ones are `access.log.1` (newest) to `access.log.5`. */
export const logName = 'access.log';
export const keptLogs = 5;

/** An open log file; it stays this file through rotations. */
export interface LogFile {
  handle: FileHandle;
  /** 0 is the one being written. */
  age: number;
}

/**
 * Opens all logs of a directory, newest first. A rotation meanwhile only moves files to later names, so going upwards
 * misses none; one met twice is known by its inode.
 */
export async function openLogs(dir: string): Promise<LogFile[]> {
  const files: LogFile[] = [];
  const inodes = new Set<bigint>();
  for (let age = 0; age <= keptLogs; age += 1) {
    const handle = await openIfThere(join(dir, age === 0 ? logName : `${logName}.${age}`));
    if (!handle) continue;
    const { ino } = await handle.stat({ bigint: true });
    if (inodes.has(ino)) {
      await handle.close();
      continue;
    }
    inodes.add(ino);
    files.push({ handle, age });
  }
  return files;
}

/** The complete lines of a file from a byte on; a last one without its line feed is still being written. */
export async function* linesOf(handle: FileHandle, from = 0): AsyncGenerator<string> {
  const buffer = Buffer.alloc(1 << 20);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let position = from;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** The end of a log that a killed process left in the middle of a line. */
export async function endsInsideLine(file: string): Promise<boolean> {
  const handle = await openIfThere(file);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    if (size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() !== '\n';
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
