import { expect, test } from 'vitest';
import { fillMissing, type Wanted } from '../../../src/prompts/missing.js';

const wanted = (name: string, value?: string): Wanted => ({ name, value, ask: async () => `asked ${name}` });

test('without a terminal everything that is missing is listed at once, and nothing is asked', async () => {
  await expect(fillMissing([wanted('SERVICE'), wanted('--to', 'vm'), wanted('--url')], false)).rejects.toMatchObject({
    message: 'Missing: SERVICE, --url.',
    exitCode: 2,
  });
  expect(await fillMissing([wanted('--to', 'vm')], false)).toEqual(['vm']);
});

test('in a terminal only what is missing is asked for', async () => {
  expect(await fillMissing([wanted('SERVICE'), wanted('--to', '')], true)).toEqual(['asked SERVICE', '']);
});
