import { Transform, type TransformCallback } from 'node:stream';
import { LINE_PREFIX } from './command-line.js';

/** Bytes that are kept of the text before and after a command's own output. */
const KEPT = 16_384;

/** The longest line that is taken for one of ours. */
const LINE = 200;

/**
 * Passes on what a command itself prints on one stream. What a login shell prints before the command says that it
 * starts is dropped, and, where
 * text may follow the command, what comes after its end; a little of both is kept for messages. Binary data pass
 * unchanged.
 */
export class AnswerFilter extends Transform {
  /** Process number of the command, from when it started. */
  pid?: number;
  /** Exit code of the command where the login shell hides it; 128 + n for a signal. */
  code?: number;
  readonly #start: Buffer;
  readonly #end: Buffer;
  readonly #onStart: () => void;
  #phase: 'before' | 'plain' | 'watched' | 'after' = 'before';
  #held = Buffer.alloc(0);
  #before = Buffer.alloc(0);
  #after = Buffer.alloc(0);

  /** @param mark that of the command line. @param onStart called when the command has said that it starts. */
  constructor(mark: string, onStart: () => void = () => undefined) {
    super();
    this.#start = Buffer.from(`${LINE_PREFIX}${mark} `);
    this.#end = Buffer.from(`${LINE_PREFIX}${mark}=`);
    this.#onStart = onStart;
  }

  /** What came before and after the command's own output, at most 16 KiB of each. */
  get foreign(): { before: string; after: string } {
    return { before: this.#before.toString('utf8'), after: this.#after.toString('utf8') };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#phase === 'plain') this.push(chunk);
    else if (this.#phase === 'after') this.#after = begin(this.#after, chunk);
    else if (this.#phase === 'before') this.#seekStart(Buffer.concat([this.#held, chunk]));
    else this.#seekEnd(Buffer.concat([this.#held, chunk]));
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#phase === 'before') this.#before = begin(this.#before, this.#held);
    else if (this.#held.length > 0) this.push(this.#held);
    done();
  }

  #seekStart(text: Buffer): void {
    const start = text.indexOf(this.#start);
    const end = start < 0 ? -1 : text.indexOf('\n', start);
    if (end < 0) {
      // Of a line that has begun all is needed, of other text only what may be the beginning of the mark.
      const keep = start < 0 ? Math.max(0, text.length - this.#start.length) : start;
      this.#before = begin(this.#before, text.subarray(0, keep));
      this.#held = Buffer.from(text.subarray(keep, keep + LINE));
      return;
    }
    this.#before = begin(this.#before, text.subarray(0, start));
    const [pid, wrapped] = text.toString('latin1', start + this.#start.length, end).split(' ');
    this.pid = Number.parseInt(pid ?? '', 10);
    this.#phase = wrapped === 'w' ? 'watched' : 'plain';
    this.#held = Buffer.alloc(0);
    this.#onStart();
    const rest = text.subarray(end + 1);
    if (this.#phase === 'watched') this.#seekEnd(rest);
    else if (rest.length > 0) this.push(rest);
  }

  #seekEnd(text: Buffer): void {
    const found = text.indexOf(this.#end);
    const end = found < 0 ? -1 : text.indexOf('\n', found);
    const own = found < 0 ? Math.max(0, text.length - this.#end.length) : found;
    if (own > 0) this.push(text.subarray(0, own));
    this.#held = Buffer.from(text.subarray(own));
    if (end < 0) return;
    this.code = Number.parseInt(text.toString('latin1', found + this.#end.length, end), 10);
    this.#phase = 'after';
    this.#after = begin(this.#after, text.subarray(end + 1));
    this.#held = Buffer.alloc(0);
  }
}

const begin = (kept: Buffer, more: Buffer): Buffer<ArrayBuffer> =>
  kept.length >= KEPT ? Buffer.from(kept) : Buffer.from(Buffer.concat([kept, more]).subarray(0, KEPT));
