import { expect, test } from 'vitest';
import { parseFleet } from '../../helpers/modules.js';

const fleet = (timing: string) =>
  parseFleet(`fleet: shop\nhosts:\n  app-1: { provider: local, roles: [app] }\n${timing}`, '/f/fanops.yaml');

test('the waits of a change have defaults, and renewals follow their leases', () => {
  expect(fleet('').timing).toEqual({
    holdMs: 5000,
    drainMs: 230_000,
    lockLeaseMs: 60_000,
    lockRenewalMs: 15_000,
    watchdogLeaseMs: 20_000,
    watchdogRenewalMs: 4000,
    probeIntervalMs: 150,
    trialMs: 800,
    gateIntervalMs: 1000,
  });
  expect(fleet('timing: { lockLease: 20s, watchdogLease: 10s, drain: 230s }').timing).toMatchObject({
    lockLeaseMs: 20_000,
    lockRenewalMs: 5000,
    watchdogLeaseMs: 10_000,
    watchdogRenewalMs: 2000,
    drainMs: 230_000,
  });
});

test.each([
  ['watchdogLease: 1s', 'timing.watchdogLease: 1s is out of bounds. Write a duration from 5 s to 10 m 00 s.'],
  ['drain: 2h', 'timing.drain: 2h is out of bounds. Write a duration from 0 ms to 1 h 00 m.'],
  ['probeInterval: 0s', 'timing.probeInterval: 0s is out of bounds. Write a duration from 20 ms to 10 s.'],
  [
    'watchdogRenewal: 11s',
    'timing.watchdogRenewal: watchdogLease (20 s) must be at least twice watchdogRenewal (11 s).',
  ],
  [
    'watchdogLease: 6s, watchdogRenewal: 4s',
    'timing.watchdogRenewal: watchdogLease (6 s) must be at least twice watchdogRenewal (4 s).',
  ],
  [
    'lockLease: 20s, lockRenewal: 15s',
    'timing.lockRenewal: lockLease (20 s) must be at least twice lockRenewal (15 s).',
  ],
  ['hold: soon', 'timing.hold: a number and a unit: 250ms, 5s, 2m, 1h'],
  ['lease: 5s', 'timing.lease: unknown key "lease"'],
])('a lease or wait that cannot work is refused: %s', (setting, told) => {
  expect(() => fleet(`timing: { ${setting} }\n`)).toThrow(told);
});

test('a placement drains as its own drain says, else as timing.drain, and neither for longer than an hour', () => {
  const file = (drain: string) =>
    fleet(
      `timing: { drain: 90s }\nservices:\n  m1: { source: ., placements: { vm: { platform: pm2, host: app-1, port: 1${drain} } } }\n`,
    );
  expect(file('').drainMs('m1', 'app-1')).toBe(90_000);
  expect(file(', drain: 5m').drainMs('m1', 'app-1')).toBe(300_000);
  expect(() => file(', drain: 2h')).toThrow(/2h is out of bounds/);
});
