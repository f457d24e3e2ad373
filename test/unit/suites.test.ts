import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SUITES, selectSuites, suitesWith } from '../../scripts/lib/suites.mjs';
import { ROOT } from '../helpers/cli.js';

const ALL = Object.keys(SUITES);
const REST = suitesWith(({ quick }) => !quick);

test('the table has every end-to-end test file, and names no file and no source that is not there', () => {
  const files = readdirSync(join(ROOT, 'test/e2e')).filter((name) => name.endsWith('.test.ts'));
  expect(ALL.filter((file) => file.startsWith('test/e2e/'))).toEqual(files.map((name) => `test/e2e/${name}`).sort());
  const named = [...ALL, ...ALL.flatMap((file) => SUITES[file]!.covers)];
  expect([...new Set(named)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('five runs in a row have every suite, also where no commit touched it; each says what it leaves out', () => {
  for (const first of [0, 1, 1234]) {
    const runs = [0, 1, 2, 3, 4].map((step) => selectSuites({ changed: [], number: first + step }));
    expect(runs.flatMap(({ turn }) => turn).sort()).toEqual([...REST].sort());
    for (const { touched, turn, left } of runs) expect([...touched, ...turn, ...left].sort()).toEqual([...REST].sort());
  }
});

test('what was touched goes first: test files themselves, then those whose turn it is, then by how much was changed', () => {
  const changed = ['src/platforms/docker/own.ts', 'src/platforms/docker/logs.ts', 'test/e2e/drift.test.ts'];
  const { touched, left } = selectSuites({ changed, number: 0 });
  expect(touched[0]).toBe('test/e2e/drift.test.ts');
  expect(touched.slice(1).sort()).toEqual(['test/e2e/docker-platform.test.ts', 'test/e2e/not-ours.test.ts']);
  expect(left).not.toContain('test/e2e/docker-platform.test.ts');
});
