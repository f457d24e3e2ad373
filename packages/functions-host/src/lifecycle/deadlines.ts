interface Entry {
  /** ms, monotonic */
  at: number;
  expire: () => void;
}

/** The longest time that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * One deadline for many: each entry expires `ms` after it was added, so the oldest is always the next and one timer
 * serves all. A timer for
 * each call would cost more than the rest of the call's bookkeeping.
 */
export class Deadlines {
  readonly #entries = new Set<Entry>();
  #timer?: NodeJS.Timeout;

  constructor(private readonly ms: number) {}

  /** Returns what takes it out again with `remove`. */
  add(expire: () => void): object {
    const entry = { at: performance.now() + this.ms, expire };
    this.#entries.add(entry);
    if (!this.#timer) this.#wait(this.ms);
    return entry;
  }

  remove(entry: object): void {
    this.#entries.delete(entry as Entry);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), Math.min(Math.max(1, Math.ceil(ms)), LONGEST_MS));
    this.#timer.unref();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const entry of this.#entries) {
      if (entry.at > now) return this.#wait(entry.at - now);
      this.#entries.delete(entry);
      entry.expire();
    }
  }
}
