import { setTimeout as delay } from 'node:timers/promises';
import { retryOptions, type RetryPolicy } from '../config/retry-options.js';
import type { FunctionMetadata, InvocationResponse, RetryContext } from '../core/contract.js';
import { toError } from '../core/errors.js';
import type { HostedFunction } from './function-table.js';
import { triggerOf } from './binding-kinds.js';

/**
 * Runs `attempt` and, where a policy is set, again after failures: attempt 0, then up to maxRetryCount more, -1 =
 * forever
 * (specification 5.6). An abort ends the waiting and rejects with the last error.
 */
export async function withRetry(
  policy: RetryPolicy | undefined,
  attempt: (context?: RetryContext) => Promise<InvocationResponse>,
  signal: AbortSignal,
): Promise<InvocationResponse> {
  if (!policy) return attempt();
  const max = policy.maxRetryCount;
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

/**
 * The function's policy, else that of host.json. Libraries of the 4.0 era leave it inside the trigger binding
 * (specification 1.3);
 * function.json has it beside the bindings (1.8). Throws an Error for a person where it makes no sense.
 */
export function retryPolicy(fn: HostedFunction, hostDefault?: RetryPolicy): RetryPolicy | undefined {
  const metadata: FunctionMetadata & { retry?: unknown } = fn.registered.metadata;
  return retryOptions(metadata.retryOptions ?? metadata.retry ?? triggerOf(metadata)?.retry) ?? hostDefault;
}

/** ms: the fixed delay, or a randomised exponential one between minimum and maximum. */
export function retryDelay(policy: RetryPolicy, retryCount: number): number {
  if (policy.strategy === 'fixed') return policy.delay;
  const jitter = 0.8 + Math.random() * 0.4;
  return Math.min(policy.maximum, policy.minimum + jitter * (2 ** Math.min(retryCount, 30) - 1) * policy.minimum);
}
