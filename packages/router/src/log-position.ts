import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { openLogs, type LogFile } from './log-files.js';

/** Bytes at the start of a log file by which it is known again, also after a rotation. */
const headBytes = 4096;
const tailBytes = 1 << 16;

/**
 * A place in the access log: behind a line of one of its files. Files are only ever appended to, so their first bytes
 * tell which one it is.
 */
export interface LogPosition {
  /** Bytes from the start of that file; 0 when there was no line yet. */
  offset: number;
  /** SHA-256 of the file's first bytes up to the offset. */
  head: string;
}

/** Where the log ends now, behind its last complete line. */
export async function endOfLog(dir: string): Promise<LogPosition> {
  const files = await openLogs(dir);
  try {
    for (const { handle } of files) {
      const offset = await endOfLines(handle);
      if (offset > 0) return { offset, head: await headOf(handle, offset) };
    }
    return { offset: 0, head: '' };
  } finally {
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
}

/** True for the file that the position is in. */
export async function holds({ handle }: LogFile, { offset, head }: LogPosition): Promise<boolean> {
  if (offset === 0 || (await handle.stat()).size < offset) return false;
  return (await headOf(handle, offset)) === head;
}

export const formatPosition = ({ offset, head }: LogPosition): string => `${offset}:${head}`;

/** @throws Error for a text that is no position */
export function parsePosition(text: string): LogPosition {
  const match = /^(\d{1,15}):([0-9a-f]{64})?$/.exec(text);
  if (!match || (match[2] === undefined) !== (Number(match[1]) === 0))
    throw new Error(`no position of the log: ${text}`);
  return { offset: Number(match[1]), head: match[2] ?? '' };
}

async function headOf(handle: FileHandle, offset: number): Promise<string> {
  const length = Math.min(offset, headBytes);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
}

/** A last line without its line feed is still being written, or was torn when its writer was killed. */
async function endOfLines(handle: FileHandle): Promise<number> {
  for (let end = (await handle.stat()).size; end > 0; end -= tailBytes) {
    const start = Math.max(0, end - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (last >= 0) return start + last + 1;
  }
  return 0;
}
