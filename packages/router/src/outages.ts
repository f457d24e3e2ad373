/** How long requests wait for a placement that has just begun to refuse connections, and how many at once. */
export interface HoldLimits {
  holdMs: number;
  heldRequests: number;
}

/**
 * Which placements refuse connections, and since when: an app whose worker died is back in a moment, so requests wait
 * for it. One that has been away
 * for longer than that is answered for at once.
 */
export class Outages {
  readonly #since = new Map<string, number>();
  readonly #reached = new Set<string>();
  #held = 0;

  /**
   * @param limits times in milliseconds @param known whether a placement counts as one that was up before, also when it
   * was never reached
   */
  constructor(
    private readonly limits: HoldLimits,
    private readonly known = false,
  ) {}

  /** The placement of that URL has accepted a connection. */
  reached(url: string): void {
    this.#reached.add(url);
    this.#since.delete(url);
  }

  /** The placement has refused a connection. @returns whether a request may wait for it */
  refused(url: string): boolean {
    const since = this.#since.get(url) ?? performance.now();
    this.#since.set(url, since);
    const wasUp = this.known || this.#reached.has(url);
    return wasUp && this.#held < this.limits.heldRequests && performance.now() - since < this.limits.holdMs;
  }

  /** A request waits. @returns what to call when it does no more */
  hold(): () => void {
    this.#held += 1;
    return () => {
      this.#held -= 1;
    };
  }
}
