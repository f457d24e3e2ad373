import { expect, test } from 'vitest';
import { retryOptions } from '../../src/config/retry-options.js';
import { retryDelay, retryPolicy, withRetry } from '../../src/functions/retry.js';
import type { HostedFunction } from '../../src/functions/function-table.js';
import type { RetryContext } from '../../src/core/contract.js';

const fixed = { strategy: 'fixed' as const, maxRetryCount: 2, delay: 1, minimum: 1, maximum: 1 };
const never = new AbortController().signal;

test('[5.6-1, 5.6-3] attempt 0 and maxRetryCount more, each with its count and the error before', async () => {
  const seen: (RetryContext | undefined)[] = [];
  const attempt = (context?: RetryContext): Promise<never> => {
    seen.push(context);
    return Promise.reject(new Error(`failure ${context?.retryCount}`));
  };
  await expect(withRetry(fixed, attempt, never)).rejects.toThrow('failure 2');
  expect(seen.map((context) => [context?.retryCount, context?.maxRetryCount, context?.exception?.message])).toEqual([
    [0, 2, undefined],
    [1, 2, 'failure 0'],
    [2, 2, 'failure 1'],
  ]);
});

test('[5.6-1] -1 is without end, until it succeeds or the host stops', async () => {
  let count = 0;
  const answer = await withRetry(
    { ...fixed, maxRetryCount: -1 },
    () => (++count < 50 ? Promise.reject(new Error('no')) : Promise.resolve({ hasResult: true })),
    never,
  );
  expect([count, answer]).toEqual([50, { hasResult: true }]);
  const stop = new AbortController();
  const waiting = withRetry(
    { ...fixed, maxRetryCount: -1, delay: 3_600_000 },
    () => Promise.reject(new Error('no')),
    stop.signal,
  );
  stop.abort();
  await expect(waiting).rejects.toThrow('no');
});

test('[5.6-1] without a policy there is one attempt, without a context', async () => {
  const seen: unknown[] = [];
  await withRetry(undefined, (context) => Promise.resolve({ hasResult: seen.push(context) > 0 }), never);
  expect(seen).toEqual([undefined]);
});

test('[5.6-2] the wait is fixed, or random and exponential between minimum and maximum', () => {
  expect(retryDelay({ ...fixed, delay: 250 }, 7)).toBe(250);
  const policy = { ...fixed, strategy: 'exponential' as const, minimum: 100, maximum: 1000 };
  const waits = (): number[] => Array.from({ length: 8 }, (_, n) => retryDelay(policy, n));
  const first = waits();
  expect(first.every((wait) => wait >= 100 && wait <= 1000)).toBe(true);
  expect([first[0], first.at(-1)]).toEqual([100, 1000]);
  expect(first[2]).toBeGreaterThan(first[1]!);
  expect(first).not.toEqual(waits());
});

test('[5.6-2] policies as the library, function.json and host.json write them', () => {
  const expected = { strategy: 'fixed', maxRetryCount: 3, delay: 5000, minimum: 1000, maximum: 60_000 };
  for (const given of [
    { retryStrategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 5 } },
    { strategy: 'fixedDelay', maxRetryCount: 3, delayInterval: '00:00:05' },
    { strategy: 'fixedDelay', maxRetryCount: 3, delayInterval: { seconds: 4, milliseconds: 1000 } },
    { strategy: 'FixedDelay', maxRetryCount: 3, delayInterval: 5 },
  ])
    expect(retryOptions(given)).toEqual(expected);
  expect(
    retryOptions({
      strategy: 'exponentialBackoff',
      maxRetryCount: -1,
      minimumInterval: '00:00:01',
      maximumInterval: '00:10:00',
    }),
  ).toEqual({
    strategy: 'exponential',
    maxRetryCount: -1,
    delay: 1000,
    minimum: 1000,
    maximum: 600_000,
  });
  expect(retryOptions(undefined)).toBeUndefined();
  expect(() => retryOptions({ strategy: 'sometimes' }, 'host.json: retry')).toThrow(
    'host.json: retry: the strategy "sometimes" is unknown',
  );
  expect(() => retryOptions({ delayInterval: 'soon' })).toThrow('delayInterval');
});

test('[5.6-1] the policy of the function wins over that of host.json; libraries of the 4.0 era have it in the trigger', () => {
  const binding = { type: 'timerTrigger', direction: 'in' };
  const fn = (metadata: object): HostedFunction =>
    ({ registered: { metadata: { name: 'f', bindings: { t: binding }, ...metadata } } }) as unknown as HostedFunction;
  const host = { ...fixed, maxRetryCount: 9 };
  expect(retryPolicy(fn({}), host)).toBe(host);
  expect(retryPolicy(fn({}))).toBeUndefined();
  expect(retryPolicy(fn({ retryOptions: { maxRetryCount: 4 } }), host)?.maxRetryCount).toBe(4);
  const inTrigger = {
    bindings: { t: { ...binding, retry: { strategy: 'fixedDelay', maxRetryCount: 5, delayInterval: { seconds: 1 } } } },
  };
  expect(retryPolicy(fn(inTrigger), host)).toMatchObject({ maxRetryCount: 5, delay: 1000 });
});
