/**
 * Limits of host.json `extensions.http`: requests that run at once, and running plus waiting ones (specification 2.1).
 */
export class Throttle {
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly concurrent = Infinity,
    private readonly outstanding = Infinity,
  ) {}

  /** False when there are too many: answer 429. True when the turn has come; call `leave` afterwards. */
  async enter(): Promise<boolean> {
    if (this.#running + this.#waiting.length >= this.outstanding) return false;
    if (this.#running >= this.concurrent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    return true;
  }

  /** Hands the place to the next one that waits. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
