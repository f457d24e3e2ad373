import { expect, test } from 'vitest';
import { BugError, FanopsError, RemoteError, UserError } from '../../../src/core/errors.js';
import { errorJson, renderError } from '../../../src/ui/error.js';
import { renderDryRun, renderPlan } from '../../../src/ui/render/plan.js';
import { plan, step } from '../../helpers/runs.js';
import { plain } from '../../helpers/plain-style.js';

test('what happened, where, what to do, what to type next', () => {
  const error = new RemoteError('npm ci failed on app-1.', {
    host: 'app-1',
    command: 'npm ci',
    status: 1,
    hint: 'npm error a\nnpm error b',
    nextSteps: ['fanops runs resume R1'],
  });
  const shown = 'Error: npm ci failed on app-1.\n  app-1: npm ci -> exit 1\n  npm error a\n  npm error b';
  expect(renderError(error, plain)).toBe(`${shown}\n\nNext:\n  fanops runs resume R1`);
  const wrapped = new FanopsError(error.message, {
    hint: error.hint,
    cause: error,
    data: { evidence: '/f/.fanops/evidence/R1' },
  });
  expect(renderError(wrapped, plain)).toBe(`${shown}\n  Evidence: /f/.fanops/evidence/R1`);
  expect(renderError(new RemoteError('x', { host: 'h', command: 'c', status: null }), plain)).toContain(
    'h: c -> ended by a signal',
  );
});

test('a long hint is cut to its end; a fault of ours shows its stack', () => {
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const shown = renderError(new UserError('x', { hint: lines.join('\n') }), plain).split('\n');
  expect([shown.length, shown[1], shown[2], shown.at(-1)]).toEqual([
    22,
    '  ... 30 earlier lines',
    '  line 30',
    '  line 49',
  ]);
  const small = renderError(new UserError('x', { hint: lines.join('\n') }), plain, 60, 24).split('\n');
  expect([small.length, small[1], small.at(-1)]).toEqual([14, '  ... 38 earlier lines', '  line 49']);
  expect(renderError(new BugError('oops'), plain)).toMatch(
    /^Error: oops\n\nBugError: oops\n {4}at [\s\S]*This is a fault of fanops\./,
  );
});

test('as JSON', () => {
  expect(errorJson(new UserError('no', { where: 'f:1:2', nextSteps: ['a'] }))).toEqual({
    error: {
      name: 'UserError',
      message: 'no',
      code: 'USAGE',
      exitCode: 2,
      where: 'f:1:2',
      hint: undefined,
      nextSteps: ['a'],
      data: undefined,
    },
  });
});

test('a plan before the question, and a dry run', () => {
  const steps = [step('a', { title: 'Check the host', host: 'app-1' }), step('b', { title: 'Upload' })];
  expect(renderPlan(plan(steps, { facts: { notes: ['Timers keep running.'] } }), plain)).toBe(
    'A test\n   1. Check the host [app-1]\n   2. Upload\n  ! Timers keep running.',
  );
  const result = {
    dryRun: true as const,
    title: 'A test',
    changes: 2,
    steps: [
      { id: 'a', title: 'Check', host: 'app-1', check: { state: 'done' as const, detail: 'Node 24' } },
      { id: 'b', title: 'Upload', check: { state: 'change' as const, changes: ['x -> y', 'z'] } },
      { id: 'c', title: 'Compare', check: { state: 'unknown' as const, reason: 'known when it runs' } },
    ],
  };
  expect(renderDryRun(result, plain).split('\n').slice(0, 8)).toEqual([
    'A test (dry run)',
    '  = Check [app-1]',
    '      Node 24',
    '  ~ Upload',
    '      x -> y',
    '      z',
    '  ? Compare',
    '      known when it runs',
  ]);
  expect(renderDryRun({ ...result, steps: [], changes: 0 }, plain)).toBe('A test (dry run)\nNothing would change.');
});
