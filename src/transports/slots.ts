/** Lets a number of tasks run at once; the others wait in order. The number may shrink while they run. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #taken = 0;

  constructor(count: number) {
    this.#limit = count;
  }

  /** How many run now. */
  get taken(): number {
    return this.#taken;
  }

  /** Lets at most this many run from now on, and at least one; never more than before. */
  shrink(count: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, count));
  }

  /** Resolves when a slot is free, with the function that gives it back (further calls of it do nothing). */
  async take(): Promise<() => void> {
    if (this.#taken < this.#limit) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#taken <= this.#limit ? this.#waiting.shift() : undefined;
      if (next) next();
      else this.#taken -= 1;
    };
  }
}
