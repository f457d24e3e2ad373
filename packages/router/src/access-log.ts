import { once } from 'node:events';
import { join } from 'node:path';
import { createStream, type FileSize, type RotatingFileStream } from 'rotating-file-stream';
import type { AccessEntry } from './exchange.js';
import { endsInsideLine, keptLogs, logName } from './log-files.js';

const flushMs = 100;
const reopenMs = 1_000;
/** What may wait for a slow disk, in bytes; more is dropped and counted. */
const maxWaiting = 64 << 20;

/** Stands in the log for entries that could not be written; makes statistics over its time incomplete. */
export interface LostEntries {
  time: string;
  lost: number;
}

/** Writes `access.log`, at most 100 ms late. A disk that fails costs entries, which are counted, but no request. */
export class AccessLog {
  #stream: RotatingFileStream | undefined;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;
  #failedAt = 0;

  private constructor(
    private readonly dir: string,
    private readonly size: FileSize,
  ) {}

  /** @throws {Error} when the log can't be written to @param size at which the log is rotated */
  static async open(dir: string, size: FileSize = '64M'): Promise<AccessLog> {
    const log = new AccessLog(dir, size);
    const torn = await endsInsideLine(join(dir, logName));
    const stream = createStream(logName, { path: dir, size, rotate: keptLogs });
    await once(stream, 'open');
    log.#use(stream);
    if (torn) stream.write('\n');
    return log;
  }

  write(entry: AccessEntry): void {
    this.writeLine(JSON.stringify(entry));
  }

  /** An entry as text, without its line feed. */
  writeLine(line: string): void {
    this.#lines.push(`${line}\n`);
    this.#timer ??= setTimeout(() => this.#flush(), flushMs);
  }

  /** Counts entries that never came here. */
  lose(entries: number): void {
    this.#lost += entries;
    this.#timer ??= setTimeout(() => this.#flush(), flushMs);
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    this.#flush();
    const stream = this.#stream;
    if (!stream) return;
    stream.end();
    await once(stream, 'close');
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#stream && Date.now() - this.#failedAt >= reopenMs) {
      this.#use(createStream(logName, { path: this.dir, size: this.size, rotate: keptLogs }));
    }
    const lines = this.#lines;
    this.#lines = [];
    const stream = this.#stream;
    if (!stream || stream.writableLength > maxWaiting) return this.#lose(lines.length);
    const lost = this.#lost;
    this.#lost = 0;
    const mark: LostEntries[] = lost > 0 ? [{ time: new Date().toISOString(), lost }] : [];
    const text = mark.map((each) => `${JSON.stringify(each)}\n`).join('') + lines.join('');
    if (text === '') return;
    stream.write(text, (error) => {
      if (error) this.#lose(lines.length + lost);
    });
  }

  /** The count itself goes into the log as soon as that works again. */
  #lose(entries: number): void {
    this.#lost += entries;
    this.#timer ??= setTimeout(() => this.#flush(), reopenMs);
  }

  #use(stream: RotatingFileStream): void {
    this.#stream = stream;
    stream.on('error', (error) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#failedAt = Date.now();
      console.error(`${join(this.dir, logName)} can't be written, its entries are lost: ${error.message}`);
    });
  }
}
