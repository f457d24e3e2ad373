import { expect, test } from 'vitest';
import { within } from '../../../src/core/within.js';

const late = (): Error => new Error('late');
const never = (): Promise<string> => new Promise(() => undefined);

test('work that never ends is given up at the deadline, and told so', async () => {
  let told: AbortSignal | undefined;
  await expect(
    within(
      (signal) => {
        told = signal;
        return never();
      },
      { ms: 1, late },
    ),
  ).rejects.toThrow('late');
  expect(told?.aborted).toBe(true);
});

test('a signal ends it at once with its own reason, also one that was aborted before', async () => {
  const stop = new AbortController();
  const waiting = within(never, { ms: 3_600_000, signal: stop.signal, late });
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(within(never, { ms: 3_600_000, signal: stop.signal, late })).rejects.toThrow('stopped');
});

test('work that ends in time gives what it gives, and its failure', async () => {
  expect(await within(async () => 'done', { ms: 3_600_000, late })).toBe('done');
  await expect(
    within(
      async () => {
        throw new Error('own');
      },
      { ms: 3_600_000, late },
    ),
  ).rejects.toThrow('own');
});
