import { closeSync, fstatSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Rotated logs are `out.log.1` (newest) to `out.log.5`, as those of the router. */
const KEPT = 5;
const MAX_BYTES = 64 << 20;
const DAY_MS = 86_400_000;
/** A log is rotated when it is a week old, and a rotated one goes after a month. */
const MAX_AGE_MS = 7 * DAY_MS;
const KEPT_MS = 30 * DAY_MS;
const LOOK_MS = 10_000;
/** A lock of a process that died. */
const STALE_MS = 60_000;

interface LogRotation {
  /** Logs that PM2 writes. */
  files: string[];
  /** Size from which a log is rotated, bytes. */
  maxBytes: number;
  /** Makes whoever writes the logs open them anew. */
  reopen: () => void;
}

/** Where the lines of this process go: past PM2, whose streams drop what they hold when they are opened anew. */
export interface LogOutput {
  write: (text: string) => void;
}

/**
 * The log that PM2 gave this process, kept from growing without end until the process ends: a full or old one is
 * renamed, and all who write it open
 * it anew. A line is written before its write returns, so none is lost by that. In a process that PM2 did not start the
 * lines go to `otherwise`.
 * `FANOPS_LOG_BYTES` is the size from which a log is rotated, in place of 64 MiB.
 */
export function openLog(env: NodeJS.ProcessEnv, otherwise: (text: string) => void): LogOutput {
  const daemon = process.ppid;
  const files = [...new Set([env.pm_err_log_path, env.pm_out_log_path])].filter(
    (file): file is string => Boolean(file?.startsWith('/')) && file !== '/dev/null',
  );
  const file = env.pm_err_log_path;
  if (files.length === 0 || !file || !files.includes(file) || !isPm2(daemon, env)) return { write: otherwise };
  const log = new AppendedFile(file, otherwise);
  const maxBytes = Number(env.FANOPS_LOG_BYTES) || MAX_BYTES;
  const reopen = (): void => {
    // A daemon that has died is nobody's process number to signal.
    if (process.ppid === daemon) process.kill(daemon, 'SIGUSR2');
  };
  const look = (): void => {
    rotateLogs({ files, maxBytes, reopen }).then(
      () => log.follow(),
      (error: unknown) => otherwise(`A log cannot be rotated: ${String(error)}\n`),
    );
  };
  setInterval(look, Math.min(LOOK_MS, Number(env.FANOPS_LOG_LOOK_MS) || LOOK_MS)).unref();
  return log;
}

/** A file that others may rename. */
class AppendedFile implements LogOutput {
  #fd: number | undefined;

  constructor(
    private readonly path: string,
    private readonly otherwise: (text: string) => void,
  ) {
    this.follow();
  }

  readonly write = (text: string): void => {
    try {
      if (this.#fd === undefined) this.otherwise(text);
      else writeSync(this.#fd, text);
    } catch {
      // A full disk costs lines, and no request.
    }
  };

  /** Opens the file anew when its name belongs to another by now. */
  follow(): void {
    try {
      const named = statSync(this.path, { throwIfNoEntry: false });
      const held = this.#fd === undefined ? undefined : fstatSync(this.#fd);
      if (named && held && named.ino === held.ino && named.dev === held.dev) return;
      const fd = openSync(this.path, 'a', 0o640);
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = fd;
    } catch {
      // The one that is open goes on; the next look tries again.
    }
  }
}

/** PM2's own record names the parent: to another program the signal would be the end. */
function isPm2(pid: number, env: NodeJS.ProcessEnv): boolean {
  try {
    return Number.parseInt(readFileSync(join(env.PM2_HOME || join(homedir(), '.pm2'), 'pm2.pid'), 'utf8'), 10) === pid;
  } catch {
    return false;
  }
}

/** Rotates each log that is too large or too old. Of several processes at once one does it. */
async function rotateLogs({ files, maxBytes, reopen }: LogRotation, now = Date.now()): Promise<void> {
  if (!(await anyDue(files, maxBytes, now))) return;
  const lock = `${dirname(files[0] ?? '.')}/.rotating`;
  const held = await take(lock, now);
  if (!held) return;
  try {
    for (const file of files) {
      const due = await isDue(file, maxBytes, now);
      if (!due) continue;
      if (due === 'full') await shift(file, now);
      reopen();
    }
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}

async function anyDue(files: string[], maxBytes: number, now: number): Promise<boolean> {
  for (const file of files) if (await isDue(file, maxBytes, now)) return true;
  return false;
}

/** `gone`: it was renamed and the writer did not hear of it, as when the process that did so was killed. */
async function isDue(file: string, maxBytes: number, now: number): Promise<'full' | 'gone' | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return (await stat(`${file}.1`).catch(() => undefined)) ? 'gone' : undefined;
  const old = found.birthtimeMs > 0 && now - found.birthtimeMs > MAX_AGE_MS;
  return found.size >= maxBytes || (old && found.size > 0) ? 'full' : undefined;
}

async function shift(file: string, now: number): Promise<void> {
  for (let age = KEPT; age > 0; age -= 1) {
    const from = age === 1 ? file : `${file}.${age - 1}`;
    await rename(from, `${file}.${age}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const moved = await stat(`${file}.${age}`).catch(() => undefined);
    if (moved && now - moved.mtimeMs > KEPT_MS) await rm(`${file}.${age}`, { force: true });
  }
}

async function take(lock: string, now: number): Promise<FileHandle | undefined> {
  try {
    return await open(lock, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = await stat(lock).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE_MS) await rm(lock, { force: true });
    return undefined;
  }
}
