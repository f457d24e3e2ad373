/** Repeats small tasks, such as renewing a lease, while a run goes on. */
export class Keeper {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly onError: (name: string, error: unknown) => void) {}

  /** Repeats a task with a pause in between; a name that is kept already is left as it is. */
  keep(name: string, everyMs: number, task: () => Promise<void>): void {
    if (this.#timers.has(name)) return;
    const next = (): void => {
      const timer = setTimeout(() => {
        const turn = task()
          .catch((error: unknown) => this.onError(name, error))
          .finally(() => {
            this.#running.delete(turn);
            if (this.#timers.get(name) === timer) next();
          });
        this.#running.add(turn);
      }, everyMs);
      timer.unref();
      this.#timers.set(name, timer);
    };
    next();
  }

  /** Ends the repetition of one task. */
  end(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** Ends all, and resolves when a turn under way has ended. */
  async stop(): Promise<void> {
    for (const name of [...this.#timers.keys()]) this.end(name);
    await Promise.allSettled(this.#running);
  }
}
