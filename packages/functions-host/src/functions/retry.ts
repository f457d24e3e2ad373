import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionMetadata, InvocationResponse, RetryContext, RetryOptions } from '../core/contract.js';
import { toError } from '../core/errors.js';
import { triggerOf } from './binding-kinds.js';

const defaults = { fixed: 1, minimum: 1, maximum: 60 };

/**
 * Runs `attempt` and, where a policy is set, again after failures: attempt 0, then up to maxRetryCount more, -1 = forever
 * (specification 5.6). An abort ends the waiting and rejects with the last error.
 */
export async function withRetry(
  policy: RetryOptions | undefined, attempt: (context?: RetryContext) => Promise<InvocationResponse>, signal: AbortSignal,
): Promise<InvocationResponse> {
  if (!policy) return attempt();
  const max = policy.maxRetryCount ?? 0;
  let exception: RetryContext['exception'];
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await attempt({ retryCount, maxRetryCount: max, exception });
    } catch (thrown) {
      const error = toError(thrown);
      if (signal.aborted || (max >= 0 && retryCount >= max)) throw error;
      exception = { message: error.message, source: '', stackTrace: error.stack ?? '' };
      try {
        await delay(retryDelay(policy, retryCount), undefined, { signal });
      } catch {
        throw error; // only an abort ends the delay early
      }
    }
  }
}

/** The function's policy; libraries of the 4.0 era leave it inside the trigger binding (specification 1.3). */
export function retryPolicy(metadata: FunctionMetadata): RetryOptions | undefined {
  return metadata.retryOptions ?? (triggerOf(metadata)?.retry as RetryOptions | undefined);
}

/** ms: the fixed delay, or a randomised exponential one between minimum and maximum. */
export function retryDelay(policy: RetryOptions, retryCount: number): number {
  const strategy = (policy.retryStrategy ?? policy.strategy ?? 'fixedDelay').toLowerCase();
  if (!strategy.startsWith('exponential')) return (policy.delayInterval?.seconds ?? defaults.fixed) * 1000;
  const minimum = (policy.minimumInterval?.seconds ?? defaults.minimum) * 1000;
  const maximum = (policy.maximumInterval?.seconds ?? defaults.maximum) * 1000;
  const jitter = 0.8 + Math.random() * 0.4;
  return Math.min(maximum, minimum + jitter * (2 ** Math.min(retryCount, 30) - 1) * minimum);
}
