import type { ServerResponse } from 'node:http';
import type { MinorCollections } from './minor-collections.js';

/** Bytes that an answer may be ahead of its client. */
const WINDOW = 1 << 18;

/**
 * One streamed answer: how far it is ahead of its client (the library writes without looking whether anybody reads),
 * and who gives it.
 */
export class Flow {
  #onItsWay = 0;
  #waiting: (() => void)[] = [];
  #answer?: (status: number) => Promise<unknown>;
  /** Called when the library has made the arguments of the call. */
  onArguments?: () => void;

  /**
   * `counted`: what was produced and not yet consumed is the measure, for it is in sockets; else it is in the response
   * itself.
   */
  constructor(
    private readonly res: ServerResponse,
    private readonly counted: boolean,
    private readonly collections: MinorCollections,
  ) {
    res.on('drain', () => this.#wake());
    res.once('close', () => this.#wake());
  }

  produced(bytes: number): void {
    this.collections.count(bytes);
    this.#onItsWay += bytes;
  }

  consumed(bytes: number): void {
    this.#onItsWay -= bytes;
    this.#wake();
  }

  /**
   * Resolves when more may be written, or when there is no client any more: then what is written goes nowhere
   * (specification 3.9).
   */
  async room(): Promise<void> {
    while (!this.res.closed && (this.counted ? this.#onItsWay : this.res.writableLength) > WINDOW) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** How the library answers in place of the function; undefined once the function's own answer began. */
  answerBy(answer: ((status: number) => Promise<unknown>) | undefined): void {
    this.#answer = answer;
  }

  /**
   * Lets the library answer a bare status: it would keep the connection of a call that it never answers. False when it
   * cannot,
   * because the call failed before it had its arguments or after it began to answer.
   */
  async answer(status: number): Promise<boolean> {
    const answer = this.#answer;
    this.#answer = undefined;
    if (!answer) return false;
    await answer(status);
    return true;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
