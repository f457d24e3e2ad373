/** Upper bounds of the duration histogram's buckets, seconds. */
export const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What one function did since the process started. */
export interface FunctionFigures {
  name: string;
  trigger: string;
  calls: number;
  errors: number;
  /** seconds, summed over all calls */
  duration: number;
  /** Calls per bucket of `durationBounds`; the last is for longer ones. Not cumulative. */
  buckets: number[];
}

/**
 * Counts invocations per function. The numbers that run right now are in memory that the watchdog's thread reads too.
 */
export class FunctionMetrics {
  figures: FunctionFigures[] = [];
  /** Invocations under way, in the order of `figures`. */
  running: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(0));
  #index = new Map<string, number>();

  /** Call once, when the functions are known. */
  register(functions: { name: string; trigger: string }[]): void {
    this.figures = functions.map(({ name, trigger }) => ({
      name,
      trigger,
      calls: 0,
      errors: 0,
      duration: 0,
      buckets: new Array<number>(durationBounds.length + 1).fill(0),
    }));
    this.running = new Int32Array(new SharedArrayBuffer(functions.length * 4));
    functions.forEach(({ name }, index) => this.#index.set(name, index));
  }

  began(name: string): void {
    const index = this.#index.get(name);
    if (index !== undefined) this.running[index]!++;
  }

  /** `ms` since `began`. */
  ended(name: string, ms: number, failed: boolean): void {
    const index = this.#index.get(name);
    const figures = index === undefined ? undefined : this.figures[index];
    if (index === undefined || !figures) return;
    const seconds = ms / 1000;
    const bucket = durationBounds.findIndex((bound) => seconds <= bound);
    this.running[index]!--;
    figures.calls++;
    if (failed) figures.errors++;
    figures.duration += seconds;
    figures.buckets[bucket < 0 ? durationBounds.length : bucket]!++;
  }
}
