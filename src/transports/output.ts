import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { messageOf } from '../core/errors.js';

/** A command may print this much on each stream before it is given up on. */
export const OUTPUT_LIMIT = 64 * 1024 * 1024;

type StreamName = 'stdout' | 'stderr';
type LineListener = (line: string, stream: StreamName) => void;
type FaultListener = (reason: 'limit' | 'listener', detail: string) => void;

/** Collects what a command prints, in full, and hands out each finished line. */
export class Output {
  readonly #chunks: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };
  readonly #size: Record<StreamName, number> = { stdout: 0, stderr: 0 };
  readonly #onLine?: LineListener;
  readonly #onFault: FaultListener;

  /**
   * @param onLine called with each line, without its end.
   * @param onFault called once a stream passes OUTPUT_LIMIT, or when `onLine` threw; the rest is dropped.
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

  /** All bytes of a stream so far. */
  bytes(name: StreamName): Buffer {
    return Buffer.concat(this.#chunks[name]);
  }

  /** The last lines of stderr, for messages. */
  tail(): string {
    return lastLines(this.bytes('stderr').toString('utf8'));
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
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-20).join('\n').slice(-4000);
}

function lineSplitter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest) onLine(rest);
      rest = '';
    },
  };
}
