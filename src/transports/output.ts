import { Writable, type Readable } from 'node:stream';
import { messageOf } from '../core/errors.js';
import { lastLines, lineSplitter } from '../core/lines.js';

/** A command may print this much on each stream before it is given up on. */
export const OUTPUT_LIMIT = 64 * 1024 * 1024;

type StreamName = 'stdout' | 'stderr';
type LineListener = (line: string, stream: StreamName) => void;
type FaultListener = (reason: 'limit' | 'listener' | 'sink', detail: string, cause?: Error) => void;

/** Bytes that are kept of a stream that goes elsewhere, for messages. */
const TAIL = 4000;

/** Collects what a command prints, in full, and hands out each finished line. */
export class Output {
  readonly #chunks: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };
  readonly #size: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  readonly #onLine?: LineListener;
  readonly #onFault: FaultListener;

  /**
   * @param onLine called with each line, without its end.
   * @param onFault called once a stream passes OUTPUT_LIMIT, when `onLine` threw, or when a sink failed; the rest is
   * dropped.
   */
  constructor(onLine: LineListener | undefined, onFault: FaultListener) {
    this.#onLine = onLine;
    this.#onFault = onFault;
  }

  /** Reads a stream; resolves at its end. */
  read(name: StreamName, stream: Readable): Promise<void> {
    const lines = this.#onLine ? lineSplitter((line) => this.#hand(line, name)) : undefined;
    stream.on('data', (chunk: Buffer) => {
      this.#size[name] += chunk.length;
      if (this.#size[name] > OUTPUT_LIMIT) {
        this.#onFault('limit', name);
        return;
      }
      this.#chunks[name].push(chunk);
      lines?.write(chunk);
    });
    return new Promise((resolve) => {
      stream.once('end', () => {
        lines?.end();
        resolve();
      });
    });
  }

  /**
   * Passes a stream on, no faster than the sink takes it; resolves when all was taken. Only its last bytes are kept.
   */
  pass(name: StreamName, stream: Readable, sink: Writable): Promise<void> {
    stream.on('data', (chunk: Buffer) => {
      const kept = Buffer.concat([...this.#chunks[name], chunk]);
      this.#chunks[name] = [Buffer.from(kept.subarray(Math.max(0, kept.length - TAIL)))];
    });
    const failed = (error: Error): void => {
      stream.unpipe(sink);
      stream.resume();
      this.#onFault('sink', messageOf(error), error);
    };
    sink.once('error', failed);
    stream.pipe(sink, { end: false });
    return new Promise((resolve) => {
      stream.once('end', () => {
        const done = (): void => {
          sink.off('error', failed);
          resolve();
        };
        if (!sink.writableNeedDrain || sink.destroyed) return done();
        sink.once('drain', done);
        sink.once('close', done);
      });
    });
  }

  /** All bytes of a stream so far. */
  bytes(name: StreamName): Buffer {
    return Buffer.concat(this.#chunks[name]);
  }

  /** The last lines of stderr, for messages. */
  tail(): string {
    return excerpt(this.bytes('stderr').toString('utf8'));
  }

  #hand(line: string, stream: StreamName): void {
    try {
      this.#onLine?.(line, stream);
    } catch (error) {
      this.#onFault('listener', messageOf(error));
    }
  }
}

/** The last lines of a text, at most 20 and 4,000 characters. */
export function excerpt(text: string): string {
  return lastLines(text, 20).slice(-4000);
}
