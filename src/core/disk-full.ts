import { statfsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { formatBytes } from './bytes.js';
import { FanopsError } from './errors.js';

/** As C libraries, Node, Go, SQLite and apt say it: macOS writes "Disc", musl no disk at all. */
const FULL =
  /no space left on (the )?device|(dis[kc] )?quota exceeded|\bENOSPC\b|\bEDQUOT\b|database or disk is full|don't have enough free space in/i;

const QUOTA = /quota exceeded|\bEDQUOT\b/i;

/** A file system with less than this is taken for full when an error does not say why a write failed. */
export const NEXT_TO_NOTHING = 64 * 1024;

const CAUSES = 5;

/**
 * Whether a program that failed says that its disk is full. Commands run with LC_ALL=C: the text is the same
 * everywhere.
 */
export const saysDiskFull = (stderr: string): boolean => FULL.test(stderr);

/** Whether an error, or one of its causes, comes from a disk or a quota that is full. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < CAUSES; at = at.cause, depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'DISK_FULL') return true;
  }
  return false;
}

/** What is free where a path is or would be. */
interface FreeSpace {
  /** For users without privileges, in bytes. */
  bytes: number;
  /** False when the file system can hold no further file. */
  files: boolean;
}

/** What is free at a path, or the nearest folder above it that exists; undefined when that cannot be told. */
function freeSpace(path: string): FreeSpace | undefined {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      const { bavail, bsize, files, ffree } = statfsSync(at);
      return { bytes: bavail * bsize, files: files === 0 || ffree > 0 };
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

/** Whether the file system of a path has next to nothing left. */
export function isOutOfSpace(path: string): boolean {
  const free = freeSpace(path);
  return free !== undefined && (free.bytes < NEXT_TO_NOTHING || !free.files);
}

/** Whether it is the share of this user that is used up: the disk itself may have room. */
function isQuota(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < CAUSES; at = at.cause, depth += 1) {
    if ((at as NodeJS.ErrnoException).code === 'EDQUOT' || QUOTA.test(at.message)) return true;
  }
  return false;
}

/** What is free at a path, for people: `0 bytes free`. */
function shownFree(path: string): string {
  const free = freeSpace(path);
  if (!free) return '';
  return ` (${formatBytes(free.bytes)} free${free.files ? '' : ', no file can be added'})`;
}

/**
 * The error for what could not be written for want of space.
 * @param path file or folder that was to be written
 * @param facts `of`: whose disk it is, when it is not this machine's; `hint`: what to do once there is space
 */
export function diskFullError(path: string, cause: unknown, facts: { of?: string; hint?: string } = {}): FanopsError {
  const { of, hint } = facts;
  const known = cause instanceof FanopsError && cause.code === 'DISK_FULL' ? cause : undefined;
  if (known && of === undefined) return known;
  const at = known?.where ?? path;
  if (isQuota(cause)) {
    return new FanopsError(
      `The disk quota of this user on ${of ?? 'this machine'} is used up: ${at} cannot be written.`,
      {
        code: 'DISK_FULL',
        where: at,
        cause,
        data: { path: at },
        hint:
          hint ??
          `Free space of yours there (quota -s, du -sh ${dirname(at)}), or ask for a larger quota, then run it again.`,
      },
    );
  }
  return new FanopsError(`The disk of ${of ?? 'this machine'} is full: ${at} cannot be written${shownFree(at)}.`, {
    code: 'DISK_FULL',
    where: at,
    cause,
    data: { path: at, freeBytes: freeSpace(at)?.bytes },
    hint: hint ?? `Free space there (df -h ${dirname(at)}), then run it again.`,
  });
}

/**
 * Writes something at a path. @throws FanopsError (code DISK_FULL) when there is no space, else what the task throws.
 */
export async function writing<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw isDiskFull(error) ? diskFullError(path, error) : error;
  }
}

/** Where on this machine there is no space: a path, unless that has some and another place of this user's has none. */
export const fullPlace = (path: string): string =>
  isOutOfSpace(path) ? path : ([tmpdir(), homedir()].find(isOutOfSpace) ?? path);

/**
 * The error for what was thrown for want of space. Where it names no path, the first place of this user's that is full
 * is.
 */
export function diskFullHere(error: unknown): FanopsError {
  const { path, dest } = error as { path?: unknown; dest?: unknown };
  const places = [process.cwd(), process.env.XDG_STATE_HOME || homedir(), homedir(), tmpdir()];
  const named = [dest, path].find((each) => typeof each === 'string') as string | undefined;
  return diskFullError(named ?? places.find(isOutOfSpace) ?? places.join(' or '), error);
}
