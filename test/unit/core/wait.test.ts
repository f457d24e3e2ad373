import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { CancelledError } from '../../../src/core/errors.js';
import { waitFor, type Poll } from '../../../src/core/wait.js';
import { fakeClock } from '../../helpers/fake-clock.js';

const never = async (): Promise<Poll<never>> => ({ done: false, seen: 'nothing on port 3000' });

test('the value comes without a sleep when it is there at once', async () => {
  const clock = fakeClock();
  expect(await waitFor(async () => ({ done: true, value: 7 }), { clock, what: 'seven', timeoutMs: 10 })).toBe(7);
  expect(clock.slept).toEqual([]);
});

test('pauses grow by half up to the limit, with a fifth of jitter, and tell what is waited for', async () => {
  const clock = fakeClock();
  const told: string[] = [];
  let polls = 0;
  await waitFor(async () => (++polls < 8 ? { done: false, seen: `poll ${polls}` } : { done: true, value: polls }), {
    clock,
    what: 'm1',
    timeoutMs: 60_000,
    intervalMs: 200,
    maxMs: 1000,
    onWait: (message) => told.push(message),
  });
  const pauses = [200, 300, 450, 675, 1000, 1000, 1000];
  expect(clock.slept).toHaveLength(pauses.length);
  clock.slept.forEach((ms, index) => {
    expect(ms).toBeGreaterThanOrEqual(pauses[index]! * 0.9);
    expect(ms).toBeLessThanOrEqual(pauses[index]! * 1.1);
  });
  expect(told[0]).toBe('waiting for m1 (poll 1, 1 m 00 s left)');
});

test('at the deadline it says what it waited for and what it saw last', async () => {
  const clock = fakeClock();
  const waiting = waitFor(never, { clock, what: 'm1 to answer', timeoutMs: 5000, hint: 'Look at its log.' });
  await expect(waiting).rejects.toMatchObject({
    code: 'DEADLINE',
    message: 'Waited 5.0 s for m1 to answer; last seen: nothing on port 3000.',
    hint: 'Look at its log.',
  });
  expect(clock.now()).toBe(5000);
});

test('an abort ends it with its reason, also in a pause', async () => {
  const reason = new CancelledError();
  await expect(
    waitFor(never, { clock: fakeClock(), what: 'x', timeoutMs: 10, signal: AbortSignal.abort(reason) }),
  ).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = waitFor(
    async () => {
      setImmediate(() => controller.abort(reason));
      return never();
    },
    { clock: systemClock, what: 'x', timeoutMs: 600_000, intervalMs: 300_000, signal: controller.signal },
  );
  await expect(waiting).rejects.toBe(reason);
});

test('what the poll raises comes through', async () => {
  await expect(
    waitFor(
      async () => {
        throw new Error('no way');
      },
      { clock: fakeClock(), what: 'x', timeoutMs: 10 },
    ),
  ).rejects.toThrow('no way');
});
