/** Milliseconds. */
export interface LatencyMs {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Counts latencies by their value at three significant digits, which bounds its size; `max` is exact. */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const key = Number(ms.toPrecision(3));
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#total += 1;
    this.#max = Math.max(this.#max, ms);
  }

  /** Nearest-rank percentiles; null when nothing was counted. */
  summary(): LatencyMs | null {
    if (this.#total === 0) return null;
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const rank = (percent: number): number => {
      let left = Math.ceil((percent / 100) * this.#total);
      for (const [ms, count] of sorted) {
        left -= count;
        if (left <= 0) return Math.min(ms, this.#max);
      }
      return this.#max;
    };
    return { p50: rank(50), p95: rank(95), p99: rank(99), max: this.#max };
  }
}
