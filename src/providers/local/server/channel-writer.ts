import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/** Data that ssh2 keeps in a channel while the other side's window is full. */
interface HeldData {
  _chunk?: Buffer;
  _chunkcb?: unknown;
  _chunkErr?: Buffer;
  _chunkcbErr?: unknown;
}

/**
 * Writes stdout and stderr of a command to its channel one chunk at a time. ssh2 1.17 never forgets a chunk that it
 * held back on
 * stdout, and sends it again when stderr has to wait later: so only one write is under way, and what it held is cleared
 * after it.
 * Once the channel is closed everything is read and dropped, so that a command whose reader has gone can go on.
 */
export class ChannelWriter {
  readonly #channel: ServerChannel;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #wake?: () => void;

  constructor(channel: ServerChannel) {
    this.#channel = channel;
    channel.once('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** Copies a stream to its end. */
  async copy(source: Readable, target: Writable): Promise<void> {
    for await (const chunk of source) {
      this.#last = this.#last.then(() => this.#write(target, chunk as Buffer));
      await this.#last;
    }
  }

  async #write(target: Writable, chunk: Buffer): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      target.write(chunk, () => resolve());
    });
    Object.assign<HeldData, HeldData>(this.#channel as HeldData, {
      _chunk: undefined,
      _chunkcb: undefined,
      _chunkErr: undefined,
      _chunkcbErr: undefined,
    });
  }
}
