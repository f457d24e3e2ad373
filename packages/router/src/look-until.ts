import { setTimeout as sleep } from 'node:timers/promises';

export interface LookOptions<T> {
  /** Milliseconds until the deadline. */
  withinMs: number;
  /** Milliseconds between two looks. */
  pauseMs: number;
  /** Called after each look past the deadline: what it gives ends the wait, undefined lets it go on. May throw. */
  late: () => T | undefined;
}

/** Looks until there is something; what happens at the deadline is the caller's. */
export async function lookUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { withinMs, pauseMs, late }: LookOptions<T>,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    const last = performance.now() > deadline ? late() : undefined;
    if (last !== undefined) return last;
    await sleep(pauseMs);
  }
}
