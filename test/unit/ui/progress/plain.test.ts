import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/core/events.js';
import { jsonProgress, plainProgress } from '../../../../src/ui/progress/plain.js';
import { event as progress } from '../../../../src/operations/run/progress.schema.js';

const EVENTS: RunEvent[] = [
  { type: 'run.started', runId: 'R1', title: 'Migrate m1', resumed: false, steps: [] },
  { type: 'step.started', id: 'a', title: 'Check the host', host: 'app-1' },
  { type: 'step.done', id: 'a', unchanged: true, ms: 52, detail: 'Node 24' },
  { type: 'step.started', id: 'b', title: 'Install' },
  { type: 'step.progress', id: 'b', message: 'npm ci' },
  { type: 'steps.added', after: 'b', steps: [] },
  { type: 'step.output', id: 'b', line: '::error::not ours' },
  { type: 'notice', message: '50 % of\nit' },
  { type: 'step.failed', id: 'b', ms: 10, message: 'npm ci failed\nE404 100%' },
  { type: 'recovery.started', title: 'Send all traffic back' },
  { type: 'recovery.done', title: 'Send all traffic back' },
  { type: 'recovery.failed', title: 'Remove it', message: 'no\nroute' },
  { type: 'run.ended', runId: 'R1', status: 'failed', ms: 61_000 },
];

function told(actions: boolean, events = EVENTS): string[] {
  const lines: string[] = [];
  const listener = plainProgress({ write: (line) => lines.push(line), actions });
  events.forEach(listener);
  return lines;
}

test('one line for each thing that happens', () => {
  expect(told(false)).toEqual([
    'Run R1: Migrate m1',
    '> Check the host [app-1]',
    '  ok (nothing to change) Node 24 (52 ms)',
    '> Install',
    '  . npm ci',
    '  | ::error::not ours',
    '! 50 % of\nit',
    '  FAILED npm ci failed\nE404 100%',
    '< Send all traffic back',
    '  FAILED Remove it: no\nroute',
    'Run R1 failed after 1 m 01 s',
  ]);
});

test('under GitHub Actions steps are groups, and failures annotations on one line', () => {
  expect(told(true)).toEqual([
    'Run R1: Migrate m1',
    '::group::Check the host [app-1]',
    '  ok (nothing to change) Node 24 (52 ms)',
    '::endgroup::',
    '::group::Install',
    '  . npm ci',
    '  | ::error::not ours',
    '::notice::50 %25 of%0Ait',
    '::endgroup::',
    '::error::npm ci failed%0AE404 100%25',
    '< Send all traffic back',
    '::error::Remove it: no%0Aroute',
    'Run R1 failed after 1 m 01 s',
  ]);
});

test('a group that is open at the end is closed; a resume says so', () => {
  expect(told(true, [{ ...EVENTS[0], resumed: true } as RunEvent, EVENTS[3]!, EVENTS.at(-1)!])).toEqual([
    'Resuming R1: Migrate m1',
    '::group::Install',
    '::endgroup::',
    'Run R1 failed after 1 m 01 s',
  ]);
});

test('as JSON, each event is one line', () => {
  const lines: string[] = [];
  EVENTS.forEach(jsonProgress((line) => lines.push(line)));
  expect(lines.map((line) => JSON.parse(line) as RunEvent)).toEqual(EVENTS);
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
});

test('each event is what the schema of a line of progress says', () => {
  expect(EVENTS.map((each) => progress.safeParse(each).error?.message)).toEqual(EVENTS.map(() => undefined));
  expect(new Set(EVENTS.map(({ type }) => type)).size).toBe(progress.options.length);
});
