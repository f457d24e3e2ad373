import { Transform, type TransformCallback } from 'node:stream';
import { PID_MARK } from './command-line.js';

/** A login shell may print something first, but not this much. */
const SEARCHED = 65_536;

/** Takes the line with a command's process number out of its stderr and passes all the rest on. */
export class PidFilter extends Transform {
  pid?: number;
  #held: Buffer | undefined = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#held === undefined) {
      done(undefined, chunk);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    const start = this.#held.indexOf(PID_MARK);
    const end = start < 0 ? -1 : this.#held.indexOf('\n', start);
    if (end < 0 && this.#held.length < SEARCHED) {
      done();
      return;
    }
    if (end < 0) this.#release(this.#held);
    else {
      this.pid = Number.parseInt(this.#held.toString('latin1', start + PID_MARK.length, end), 10);
      this.#release(Buffer.concat([this.#held.subarray(0, start), this.#held.subarray(end + 1)]));
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#release(this.#held);
    done();
  }

  #release(rest: Buffer | undefined): void {
    this.#held = undefined;
    if (rest && rest.length > 0) this.push(rest);
  }
}
