import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkRunId } from '../../../src/core/run-id.js';
import { newRunId } from '../../../src/operations/run/start.js';

test.each(['../x', '..', '', 'a/b', '-x', 'a b', 'a\u001b', "it's", 'x'.repeat(90)])('no id of a run: %j', (id) => {
  expect(() => checkRunId(id)).toThrow('is no id of a run');
});

test('an id that fanops makes is one', () => {
  expect(() => checkRunId(newRunId(new Date()))).not.toThrow();
});

test('bin/run.js names nothing that Node 20 does not export, so that it can say which Node it needs', () => {
  const text = readFileSync(new URL('../../../bin/run.js', import.meta.url), 'utf8');
  const named = [...text.matchAll(/^import \{([^}]*)\} from '(node:[^']+)'/gm)].map(
    ([, names, module]) => `${module} ${names?.trim()}`,
  );
  expect(named).toEqual([
    'node:fs existsSync, readFileSync',
    'node:os homedir',
    'node:path join',
    'node:url fileURLToPath',
  ]);
});
