/** Time that runs out, except while a person is asked; by a clock that nobody sets. */
export class Budget {
  #left: number;
  #since: number | undefined;
  #paused = 0;
  #timer?: NodeJS.Timeout;
  #onEnd?: () => void;

  /** @param ms milliseconds; they run from now. */
  constructor(ms: number) {
    this.#left = ms;
    this.#since = performance.now();
  }

  /** Milliseconds left. */
  get left(): number {
    return this.#left - (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** Calls back when the time has run out, unless the returned function was called before. One at a time. */
  watch(onEnd: () => void): () => void {
    this.#onEnd = onEnd;
    this.#arm();
    return () => {
      this.#onEnd = undefined;
      clearTimeout(this.#timer);
    };
  }

  /** Stops the time until the promise is settled. */
  readonly waiting = async <T>(answer: Promise<T>): Promise<T> => {
    if (this.#paused === 0) {
      this.#left = this.left;
      this.#since = undefined;
      clearTimeout(this.#timer);
    }
    this.#paused += 1;
    try {
      return await answer;
    } finally {
      this.#paused -= 1;
      if (this.#paused === 0) {
        this.#since = performance.now();
        this.#arm();
      }
    }
  };

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#onEnd && this.#paused === 0) this.#timer = setTimeout(this.#onEnd, Math.max(this.left, 1));
  }
}
