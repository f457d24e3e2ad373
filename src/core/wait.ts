import type { Clock } from './clock.js';
import { FanopsError } from './errors.js';
import { formatDuration } from './duration.js';

/** What a poll saw: finished with a value, or still waiting, with what it saw last. */
export type Poll<T> = { done: true; value: T } | { done: false; seen: string };

export interface WaitOptions {
  clock: Clock;
  /** What is waited for, e.g. `m1 to answer on port 3000`. */
  what: string;
  /** Milliseconds until it is given up. */
  timeoutMs: number;
  /** First pause in milliseconds; grows by half each time, up to `maxMs`, with a fifth of jitter. */
  intervalMs?: number;
  maxMs?: number;
  signal?: AbortSignal;
  /** Shown to the user at each poll: what is waited for, last seen, time left. */
  onWait?: (message: string) => void;
  hint?: string;
}

/**
 * Polls until done or the deadline.
 * @throws FanopsError (code DEADLINE) that names what was waited for and the last thing seen.
 */
export async function waitFor<T>(poll: () => Promise<Poll<T>>, options: WaitOptions): Promise<T> {
  const { clock, what, timeoutMs, signal, onWait } = options;
  const start = clock.monotonic();
  let pause = options.intervalMs ?? 200;
  for (;;) {
    if (signal?.aborted) throw signal.reason;
    const result = await poll();
    if (result.done) return result.value;
    const left = start + timeoutMs - clock.monotonic();
    if (left <= 0) {
      throw new FanopsError(`Waited ${formatDuration(timeoutMs)} for ${what}; last seen: ${result.seen}.`, {
        code: 'DEADLINE',
        hint: options.hint,
      });
    }
    onWait?.(`waiting for ${what} (${result.seen}, ${formatDuration(left)} left)`);
    const jitter = pause * (0.9 + Math.random() * 0.2);
    await clock.sleep(Math.min(jitter, left), signal);
    pause = Math.min(pause * 1.5, options.maxMs ?? 2000);
  }
}
