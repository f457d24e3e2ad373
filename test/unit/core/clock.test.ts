import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';

test('a sleep ends with the reason of its signal', async () => {
  const reason = new Error('enough');
  await expect(systemClock.sleep(600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const sleeping = systemClock.sleep(600_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await systemClock.sleep(0);
});
