import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CASES, readCase } from '../helpers/plan-cases/case.js';
import { outcomeOf } from '../helpers/plan-cases/run-case.js';
import { writeOutcome } from '../helpers/plan-cases/update.js';

/*
 * Plans as data: each file says what is there and what is asked for, and what plan, or which error, must come of it.
 * FANOPS_UPDATE_CASES=1 writes what comes of it into the files; read each difference before you commit it.
 */
const files = globSync('*/*.yaml', { cwd: CASES, exclude: (name) => name === 'worlds' }).sort();

describe.each([...new Set(files.map(dirname))])('%s', (topic) => {
  for (const file of files.filter((each) => dirname(each) === topic)) {
    const each = readCase(file);
    test(each.title, async () => {
      const outcome = await outcomeOf(each);
      if (process.env.FANOPS_UPDATE_CASES) {
        writeOutcome(file, outcome);
        return;
      }
      const { plan, error } = each;
      expect(outcome).toEqual({ ...(plan && { plan }), ...(error && { error }) });
    });
  }
});

test('cases have names of their own', () => {
  const titles = files.map((file) => readCase(file).title);
  expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([]);
  expect(files.length).toBeGreaterThanOrEqual(150);
});
