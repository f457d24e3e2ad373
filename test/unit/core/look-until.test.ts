import { expect, test } from 'vitest';
import { lookUntil } from '../../../src/core/look-until.js';
import { lookUntil as inRouter } from '../../../packages/router/src/look-until.js';

test.each([lookUntil, inRouter])(
  'looks until there is something; past the deadline the caller says what then',
  async (until) => {
    let looks = 0;
    const third = (): number | undefined => (++looks === 3 ? looks : undefined);
    const never = (): undefined => undefined;
    expect(await until(third, { withinMs: 60_000, pauseMs: 1, late: never })).toBe(3);
    expect(await until<string>(never, { withinMs: 5, pauseMs: 1, late: () => 'given up' })).toBe('given up');
    const refuse = (): never => {
      throw new Error('not in time');
    };
    await expect(until(never, { withinMs: 5, pauseMs: 1, late: refuse })).rejects.toThrow('not in time');
  },
);

test('what happens at the deadline may be an action that the looks go on after', async () => {
  let isEnded = false;
  const look = (): true | undefined => isEnded || undefined;
  expect(await lookUntil(look, { withinMs: 5, pauseMs: 1, late: () => void (isEnded = true) })).toBe(true);
});
