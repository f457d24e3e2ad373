const minimum = 100;

/** Randomised exponential waiting between empty polls (specification 5.2); all times in ms. */
export class Backoff {
  #empty = 0;

  constructor(private readonly maximum: number) {}

  reset(): void {
    this.#empty = 0;
  }

  next(): number {
    const k = this.#empty++;
    if (k === 0) return Math.min(minimum, this.maximum);
    const jitter = 0.8 + Math.random() * 0.4;
    return Math.min(this.maximum, minimum + jitter * 2 ** Math.min(k - 1, 30) * minimum);
  }
}
