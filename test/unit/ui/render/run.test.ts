import { expect, test } from 'vitest';
import type { RunDetails, RunRow, StepDetails } from '../../../../src/operations/run/list.js';
import {
  renderEffects,
  renderResumed,
  renderRun,
  renderRuns,
  renderStep,
  renderUndone,
} from '../../../../src/ui/render/run.js';
import { NOW, plain } from '../../../helpers/plain-style.js';

const NOW_ISO = '2026-11-21T02:13:06.000Z';
const failed: RunRow = {
  id: '20261121-021305-k3x9q',
  title: 'Migrate m1: azure -> vm',
  operation: 'migrate',
  subject: 'm1',
  status: 'failed',
  operator: 'ada',
  createdAt: '2026-11-21T02:13:05.000Z',
  endedAt: '2026-11-21T02:13:17.400Z',
  error: 'npm ci failed on app-1.',
};
const details: RunDetails = {
  run: failed,
  steps: [
    {
      id: 'analyse',
      title: 'Analyse m1',
      status: 'done',
      attempts: 1,
      unchanged: true,
      startedAt: failed.createdAt,
      endedAt: failed.createdAt,
      detail: '5 functions',
    },
    {
      id: 'release/install',
      title: 'Install from the lockfile',
      host: 'app-1',
      status: 'failed',
      attempts: 1,
      unchanged: false,
      startedAt: '2026-11-21T02:13:06.000Z',
      endedAt: failed.endedAt,
      error: { message: 'npm ci failed on app-1.\nmore', code: 'REMOTE', exitCode: 1 },
    },
    { id: 'parity', title: 'Compare both sides', status: 'pending', attempts: 0, unchanged: false },
  ],
  effects: [
    { title: 'Remove the release', state: 'made', temporary: false },
    { title: 'Stop m1 on app-1', state: 'intended', temporary: false },
  ],
  events: [
    { time: '2026-11-21T02:13:05.000Z', type: 'run.started', message: 'Migrate m1: azure -> vm' },
    { time: '2026-11-21T02:13:06.000Z', step: 'release/install', type: 'step.output', message: 'npm error' },
  ],
};

test('runs, newest first, and the way out of the newest', () => {
  const older: RunRow = {
    ...failed,
    id: '20261120-180400-2ab3c',
    title: 'Provision 2 hosts',
    status: 'succeeded',
    createdAt: '2026-11-20T18:04:00.000Z',
    endedAt: '2026-11-20T18:05:03.000Z',
    error: undefined,
  };
  expect(renderRuns([failed, older], plain, NOW)).toMatchInlineSnapshot(`
    "RUN                    STATUS     WHAT                     STARTED                     TOOK      BY
    20261121-021305-k3x9q  failed     Migrate m1: azure -> vm  02:13 (8 m ago)             12.4 s    ada
    20261120-180400-2ab3c  succeeded  Provision 2 hosts        2026-11-20 18:04 (8 h ago)  1 m 03 s  ada

    Next:
      fanops runs resume 20261121-021305-k3x9q  goes on from where it stopped
      fanops runs undo 20261121-021305-k3x9q    takes away what it made"
  `);
  expect(renderRuns([], plain, NOW)).toBe('No run was made from this clone yet.');
});

test('one run, with what it left', () => {
  expect(renderRun(details, plain, false, NOW)).toMatchInlineSnapshot(`
    "Migrate m1: azure -> vm  failed
    Run 20261121-021305-k3x9q by ada, started 02:13 (8 m ago), took 12.4 s
    Error: npm ci failed on app-1.

    STATE      STEP             WHAT                               AT        TOOK
    unchanged  analyse          Analyse m1                         02:13:05  0 ms    5 functions
    failed     release/install  Install from the lockfile [app-1]  02:13:06  11.4 s  npm ci failed on app-1.
    pending    parity           Compare both sides                 -         -

    Output
    release/install
      | npm error

    An undo would do this, in this order:
      - Stop m1 on app-1 (may not have been made)
      - Remove the release

    Next:
      fanops runs resume 20261121-021305-k3x9q  goes on from where it stopped
      fanops runs undo 20261121-021305-k3x9q    takes away what it made"
  `);
});

test('one run with its history', () => {
  expect(renderRun(details, plain, true, NOW)).toContain(
    'History\n02:13:05  Migrate m1: azure -> vm\n02:13:06  release/install: npm error\n',
  );
});

test('a run that goes on offers no way out', () => {
  const going: RunDetails = {
    ...details,
    run: { ...failed, status: 'running', endedAt: undefined, error: undefined },
    effects: [],
  };
  expect(renderRun(going, plain, false, NOW)).not.toContain('Next:');
  expect(renderRun(going, plain, false, NOW)).toContain('started 02:13 (8 m ago)\n');
});

test('before and after an undo', () => {
  expect(renderEffects(details, plain)).toMatchInlineSnapshot(`
    "Undo Migrate m1: azure -> vm:
      - Stop m1 on app-1 (may not have been made)
      - Remove the release"
  `);
  expect(renderEffects({ ...details, effects: [] }, plain)).toBe(
    'Migrate m1: azure -> vm left nothing that could be taken away.',
  );
  expect(
    renderUndone(
      { run: 'R1', undone: ['Stop m1 on app-1'], left: [{ title: 'Remove the release', why: 'no link' }] },
      plain,
    ),
  ).toMatchInlineSnapshot(`
    "Run R1 is undone:
      done  Stop m1 on app-1
      left  Remove the release: no link"
  `);
  expect(renderUndone({ run: 'R1', undone: [], left: [] }, plain)).toBe('Run R1 is undone; it had left nothing.');
  expect(renderResumed('R1', plain)).toBe('Done. Run R1 went on to its end.');
});

test('of a long output the last lines are shown, and how to see the others', () => {
  const events = Array.from({ length: 12 }, (_, n) => ({
    time: NOW_ISO,
    step: 'release/install',
    type: 'step.output',
    message: `line ${n}`,
  }));
  const text = renderRun({ ...details, events }, plain, false, NOW);
  expect(text).toContain(`Output
release/install
  ... 4 earlier: fanops runs show 20261121-021305-k3x9q --step release/install
  | line 4
`);
  expect(text).not.toContain('line 3\n');
});

test('one step in full', () => {
  const step: StepDetails = {
    run: failed,
    step: {
      ...details.steps[1]!,
      kind: 'release.install',
      input: { host: 'app-1' },
      attempts: 2,
      error: { message: 'npm ci failed on app-1.', hint: 'line 1\nline 2', code: 'REMOTE', exitCode: 1 },
    },
    events: details.events.slice(1),
  };
  expect(renderStep(step, plain, NOW)).toMatchInlineSnapshot(`
    "Install from the lockfile  release/install
    Run 20261121-021305-k3x9q: Migrate m1: azure -> vm
    Kind     release.install
    Host     app-1
    State    failed
    Started  02:13 (8 m ago), attempt 2
    Took     11.4 s
    Input    { "host": "app-1" }

    Error: npm ci failed on app-1.
      line 1
      line 2

    History
    02:13:06  | npm error"
  `);
});
