import { expect, test } from 'vitest';
import { activeGuards, type Plan } from '../../../src/core/plan.js';
import { action } from '../../helpers/runs.js';

const guard = (from: string, until: string) => ({
  from,
  until,
  action: action('revert', `${from} to ${until}`),
});
const plan: Plan = {
  operation: 'migrate',
  subject: 'm1',
  title: 'x',
  steps: [],
  locks: [],
  fingerprint: '',
  facts: {},
  guards: [guard('arm', 'commit'), guard('shift', 'commit')],
};

test.each([
  ['before the first step', [], [], []],
  ['from the start of the first step', ['arm'], [], ['arm to commit']],
  ['while the last one goes on', ['arm', 'shift', 'commit'], ['arm', 'shift'], ['arm to commit', 'shift to commit']],
  ['not any more when the last one has ended', ['arm', 'shift', 'commit'], ['arm', 'shift', 'commit'], []],
])('guards are active %s', (_when, started, ended, active) => {
  const titles = activeGuards(
    plan,
    (id) => started.includes(id),
    (id) => ended.includes(id),
  ).map((each) => each.action.title);
  expect(titles).toEqual(active);
});
