import { formatDuration } from '../../core/duration.js';
import { within } from '../../core/within.js';
import type { Deadlines } from '../contracts/deadlines.js';

/** Calls that change nothing, which the SDK repeats. */
const READS = /^(get|list|aggregatedList)/;
/** UNAVAILABLE and DEADLINE_EXCEEDED of gRPC. */
const RETRIED = [14, 4];

/** How long a look that the cloud refuses for the moment is repeated, in milliseconds. */
const REPEATED_MS = 20_000;

/**
 * A client of Compute Engine whose calls have a deadline, with their repeats, and obey the signal. By itself the SDK
 * goes on for ten minutes.
 */
export function boundCalls<T extends object>(client: T, { requestMs, callMs }: Deadlines, signal?: AbortSignal): T {
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      const retry = { retryCodes: RETRIED, backoffSettings: backoff(requestMs, Math.min(callMs, REPEATED_MS)) };
      const options = { timeout: requestMs, ...(READS.test(key) ? { retry } : {}) };
      return (request: unknown, given: object = {}) =>
        within(async () => (value as (...args: unknown[]) => unknown).call(target, request, { ...options, ...given }), {
          ms: callMs,
          signal,
          late: () => lateAfter(callMs),
        });
    },
  });
}

/** A look for credentials: files, commands, the metadata server. */
export const boundLogin = <T>(look: () => Promise<T>, { requestMs }: Deadlines, signal?: AbortSignal): Promise<T> =>
  within(look, { ms: requestMs, signal, late: () => lateAfter(requestMs) });

const backoff = (requestMs: number, totalTimeoutMillis: number) => ({
  initialRetryDelayMillis: 200,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 5000,
  initialRpcTimeoutMillis: requestMs,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: requestMs,
  totalTimeoutMillis,
});

const lateAfter = (ms: number): Error =>
  Object.assign(new Error(`no whole answer within ${formatDuration(ms)}`), { code: 'ETIMEDOUT' });
