import { expect, test } from 'vitest';
import { parseOptions } from '../../../src/operations/parse-options.js';

const flag = ([name = '']: readonly PropertyKey[]): string => `--${String(name)}`;

test('durations and lists that are text, as in flags and playbooks, come out as numbers', async () => {
  expect(await parseOptions('migrate', { service: 'm1', steps: '5, 25,100', hold: '1.5m' })).toEqual({
    service: 'm1',
    steps: [5, 25, 100],
    holdMs: 90_000,
  });
  expect(await parseOptions('exec', { host: 'app-1', command: ['true'], timeout: '30s' })).toEqual({
    host: 'app-1',
    command: ['true'],
    timeoutMs: 30_000,
  });
  expect(await parseOptions('logs --follow', { service: 'm1', since: '2h' })).toMatchObject({ sinceMs: 7_200_000 });
  expect(await parseOptions('status --watch', { interval: '5s' })).toEqual({ intervalMs: 5000 });
  expect(await parseOptions('prices list', { regions: 'eu-west-1, us-east-1' })).toEqual({
    regions: ['eu-west-1', 'us-east-1'],
  });
});

test('a list may be one, and shares may be pairs or a map', async () => {
  expect(await parseOptions('migrate', { service: 'm1', steps: [50, 100] })).toMatchObject({ steps: [50, 100] });
  const weights = { azure: 90, vm: 10 };
  for (const given of [weights, ['azure=90', 'vm=10']])
    expect(await parseOptions('router weight', { service: 'm1', weights: given })).toEqual({ service: 'm1', weights });
});

test('defaults are filled in', async () => {
  expect(await parseOptions('migrate', { service: 'm1' })).toMatchObject({ steps: [10, 50, 100] });
  expect(await parseOptions('runs list', {})).toEqual({ limit: 20 });
  expect(await parseOptions('status --watch', {})).toEqual({ intervalMs: 2000 });
});

test.each([
  ['migrate', { service: 'm1', steps: '50,10,100' }, '--steps: "50,10,100" is no list of shares.', /rising whole/],
  ['migrate', { service: 'm1', steps: [50, 10, 100] }, /^--steps: /, undefined],
  ['migrate', { service: 'm1', hold: 'soon' }, '--hold: "soon" is not a duration.', /Write a number and a unit/],
  ['migrate', { service: 'm1', hold: 5000 }, /^--hold: .*expected string/, undefined],
  ['migrate', {}, /^--service: /, undefined],
  ['status --watch', { interval: '10ms' }, '--interval: at least 200ms.', undefined],
  [
    'router weight',
    { service: 'm1', weights: ['azure=90'] },
    '--weights: The weights add up to 90, not to 100.',
    /Name every/,
  ],
  ['router weight', { service: 'm1', weights: { azure: 50.5, vm: 49.5 } }, /^--weights/, undefined],
  ['router weight', { service: 'm1', weights: { 'a b': 100 } }, /"a=?/, undefined],
  ['exec', { host: 'app-1', command: [] }, /^--command: /, undefined],
  ['deploy', { service: 'm1', withoutkeys: true }, /"withoutkeys"/, undefined],
] as const)('%s with %j is refused, and it is said which option is wrong', async (name, given, message, hint) => {
  const thrown: unknown = await parseOptions(name, given, flag).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ name: 'UserError', exitCode: 2 });
  const { message: told, hint: way } = thrown as { message: string; hint?: string };
  expect(told).toMatch(message instanceof RegExp ? message : new RegExp(`^${message.replaceAll(/[.]/g, '\\.')}$`));
  if (hint) expect(way).toMatch(hint);
});
