import { expect, test } from 'vitest';
import type { RunEvent, StepLabel } from '../../../../src/core/events.js';
import { plainProgress } from '../../../../src/ui/progress/plain.js';

const lane = (host: string, id: string): StepLabel => ({
  id: `${host}/${id}`,
  title: `Do ${id}`,
  host,
  parallel: { block: 'hosts', lane: host },
});

test.each([false, true])('of lanes that go on at once each line says whose it is (GitHub Actions: %s)', (actions) => {
  const lines: string[] = [];
  const listener = plainProgress({ write: (line) => lines.push(line), actions });
  const events: RunEvent[] = [
    {
      type: 'run.started',
      runId: 'R1',
      title: 'Provision 2 hosts',
      resumed: false,
      steps: [lane('a', 'one'), lane('b', 'one')],
    },
    { type: 'step.started', id: 'a/one', title: 'Do one', host: 'a' },
    { type: 'step.started', id: 'b/one', title: 'Do one', host: 'b' },
    { type: 'step.progress', id: 'a/one', message: 'waiting' },
    { type: 'step.output', id: 'b/one', line: 'said' },
    { type: 'step.done', id: 'a/one', unchanged: false, ms: 10, detail: 'there' },
    { type: 'step.failed', id: 'b/one', ms: 10, message: 'broke' },
  ];
  events.forEach(listener);
  expect(lines.slice(1)).toEqual([
    '> Do one [a]',
    '> Do one [b]',
    '  . [a] waiting',
    '  | [b] said',
    '  ok [a] there (10 ms)',
    actions ? '::error::[b] broke' : '  FAILED [b] broke',
  ]);
});
