import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STEP_TYPES, stepHandler } from '../../../src/operations/step-types.js';
import { platformStepTypes } from '../../../src/platforms/index.js';
import { runtimeStepTypes } from '../../../src/runtimes/index.js';

const EARLIER = ['release.untry', 'side.answers'];
const tables = Object.entries({ ...STEP_TYPES, ...(await platformStepTypes()), ...(await runtimeStepTypes()) });
const current = tables.filter(([kind]) => !EARLIER.includes(kind));

/** Kinds in the sources, by the only way in which a type of step is made. */
const defined = globSync('src/**/*.ts').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/= defineStep<[^]*?>\(\s*'([a-z.-]+)'/g)].map(([, kind]) => kind as string),
);

test('every type of step is in the table under its own kind, and has a handler', async () => {
  expect(defined.filter((kind) => !EARLIER.includes(kind)).sort()).toEqual(current.map(([kind]) => kind).sort());
  for (const [kind, load] of current) {
    const type = await load();
    expect(type.kind).toBe(kind);
    expect(await stepHandler(kind)).toBe(type.handler);
  }
});

test('what a resume looks at again can be looked at', async () => {
  for (const [, load] of current) {
    const { kind, handler } = await load();
    expect([kind, handler.recheck === true && handler.check === undefined]).toEqual([kind, false]);
  }
});

test('plans of earlier versions find what carries their steps out; an unknown kind, also one of every object, is an error', async () => {
  for (const kind of EARLIER) expect(await stepHandler(kind)).toHaveProperty('apply');
  for (const kind of ['nothing', 'constructor', '__proto__'])
    await expect(stepHandler(kind)).rejects.toMatchObject({
      code: 'UNKNOWN_STEP',
      exitCode: 5,
      message: `This fanops knows no steps of kind "${kind}".`,
    });
});
