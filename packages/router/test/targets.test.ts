import { expect, test } from 'vitest';
import { connectionFailure } from '../src/targets/failure.js';
import { initialHealth, nextHealth, type HealthEvent } from '../src/targets/health-state.js';
import { TargetHealth } from '../src/targets/target-health.js';
import { TargetPicker } from '../src/targets/target-picker.js';
import type { Placement } from '../src/state.js';

const AT = '2026-11-30T00:00:00.000Z';
const url = (n: number): string => `http://10.0.0.${n}:3000`;
const placement = (...down: boolean[]): Placement => ({
  name: 'vm',
  url: url(0),
  weight: 100,
  targets: down.map((isDown, n) => ({ name: `app-${n}`, url: url(n), ...(isDown && { down: true }) })),
});
const idOf = (n: number) => ({ service: 'm1', placement: 'vm', target: { name: `app-${n}`, url: url(n) } });
const names = (picker: TargetPicker, count: number, tried?: ReadonlySet<string>): (string | undefined)[] =>
  Array.from({ length: count }, () => picker.pick(tried)?.name);

const refused: HealthEvent = { type: 'bad', connection: true, reason: 'connection refused (ECONNREFUSED)' };
const slow: HealthEvent = { type: 'bad', connection: false, reason: 'answers 503' };
const good: HealthEvent = { type: 'good' };

test.each<[string, HealthEvent[], boolean]>([
  ['one connection that fails takes a target out', [refused], false],
  ['one bad answer does not', [slow], true],
  ['two bad answers in a row do', [slow, slow], false],
  ['a good one between them counts', [slow, good, slow], true],
  ['one good answer does not put it back', [refused, good], false],
  ['two in a row do', [refused, good, good], true],
  ['a failure between them counts', [refused, good, refused, good], false],
])('health: %s', (_title, events, up) => {
  expect(events.reduce((state, event) => nextHealth(state, event, AT), initialHealth).up).toBe(up);
});

test('it is said since when a target is out, and what for, by the first failure', () => {
  const first = nextHealth(initialHealth, refused, AT);
  expect(nextHealth(first, slow, '2026-12-01T00:00:00.000Z')).toMatchObject({
    up: false,
    since: AT,
    ...{ reason: refused.reason },
  });
});

test('requests go to the targets in turn; one that is down gets none, also when nobody else is up', () => {
  const health = new TargetHealth();
  health.watch([idOf(0), idOf(1)]);
  const picker = new TargetPicker('m1', placement(false, false, true), health);
  expect(names(picker, 4)).toEqual(['app-0', 'app-1', 'app-0', 'app-1']);
  health.failed(idOf(0), 'refused');
  health.failed(idOf(1), 'refused');
  expect(new Set(names(picker, 4))).toEqual(new Set(['app-0', 'app-1']));
});

test('one that is taken out gets none while another one is up, and its share is spread over all of those', () => {
  const health = new TargetHealth();
  health.watch([0, 1, 2, 3].map(idOf));
  const picker = new TargetPicker('m1', placement(false, false, false, false), health);
  health.failed(idOf(1), 'refused');
  expect(names(picker, 6)).toEqual(['app-0', 'app-2', 'app-3', 'app-0', 'app-2', 'app-3']);
  expect(health.ejected()).toMatchObject([{ service: 'm1', placement: 'vm', target: 'app-1', reason: 'refused' }]);
});

test('a request that failed meets each target once, those that are out last', () => {
  const health = new TargetHealth();
  health.watch([0, 1, 2].map(idOf));
  const picker = new TargetPicker('m1', placement(false, false, false), health);
  health.failed(idOf(1), 'refused');
  expect(names(picker, 1, new Set(['app-0']))).toEqual(['app-2']);
  expect(names(picker, 1, new Set(['app-0', 'app-2']))).toEqual(['app-1']);
  expect(names(picker, 1, new Set(['app-0', 'app-1', 'app-2']))).toEqual([undefined]);
});

test('nobody is out whom no health check would put back, and another address of a target is another target', () => {
  const health = new TargetHealth();
  health.failed(idOf(0), 'refused');
  expect(health.isUp(idOf(0))).toBe(true);
  health.watch([idOf(0)]);
  health.failed(idOf(0), 'refused');
  expect(health.isUp({ ...idOf(0), target: { name: 'app-0', url: url(9) } })).toBe(true);
  health.watch([]);
  expect([health.isUp(idOf(0)), health.ejected()]).toEqual([true, []]);
});

test('what takes a target out: no connection, or one that broke; not a request or an answer that is malformed', () => {
  const failure = (code: string, syscall?: string) =>
    connectionFailure(Object.assign(new Error(code), { code, syscall }));
  expect(failure('ECONNREFUSED', 'connect')).toBe('connection refused (ECONNREFUSED)');
  expect(failure('ECONNRESET')).toBe('the connection was cut (ECONNRESET)');
  expect(failure('ECONNECT_TIMEOUT')).toBe('no connection in time (ETIMEDOUT)');
  expect(failure('ENOTFOUND', 'getaddrinfo')).toBe('the name does not resolve (ENOTFOUND)');
  expect(failure('CERT_HAS_EXPIRED')).toBe('the certificate is not accepted (CERT_HAS_EXPIRED)');
  for (const code of [
    'ERR_INVALID_CHAR',
    'ERR_UNESCAPED_CHARACTERS',
    'HPE_INVALID_HEADER_TOKEN',
    'HPE_HEADER_OVERFLOW',
  ])
    expect([code, failure(code)]).toEqual([code, undefined]);
});
