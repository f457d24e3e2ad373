import { expect, test } from 'vitest';
import type { LockRow } from '../../../../src/operations/lock/locks.js';
import { renderBroken, renderLocks } from '../../../../src/ui/render/lock.js';
import { NOW, plain } from '../../../helpers/plain-style.js';

const held: LockRow = {
  name: 'service-m1',
  host: 'app-1',
  secondsLeft: 42,
  fence: 7,
  holder: {
    run: 'R1',
    reason: 'Migrate m1: azure -> vm',
    since: '2026-11-21T02:13:05.000Z',
    operator: { name: 'ada', machine: 'laptop/0a1b2c', pid: 42, startedAt: '1' },
  },
};

test('who holds what', () => {
  const unreadable: LockRow = { name: 'router', host: 'router-1', secondsLeft: 3, fence: 1 };
  const failed = [{ host: 'app-2', message: 'Host app-2 is not there yet.' }];
  expect(renderLocks({ locks: [held, unreadable], failed }, plain, NOW)).toMatchInlineSnapshot(`
    "LOCK        HOST      HELD BY     DOING                    RUN  SINCE            LEASE
    service-m1  app-1     ada@laptop  Migrate m1: azure -> vm  R1   02:13 (8 m ago)  42.0 s
    router      router-1  unknown     -                        -    -                3.0 s
    ! app-2 did not answer: Host app-2 is not there yet.

    Next:
      fanops lock break service-m1  only when its holder is gone"
  `);
});

test('no locks', () => {
  expect(renderLocks({ locks: [], failed: [] }, plain, NOW)).toBe('No lock is held.');
  expect(renderLocks({ locks: [], failed: [{ host: 'app-2', message: 'no route' }] }, plain, NOW)).toBe(
    'No lock is held on the hosts that answered.\n! app-2 did not answer: no route',
  );
});

test('locks that were broken', () => {
  expect(renderBroken([held, { ...held, host: 'router-1', holder: undefined }], plain)).toMatchInlineSnapshot(`
    "Lock service-m1 on app-1 is free. It was held by ada (run R1).
    Lock service-m1 on router-1 is free. It was held by somebody unknown."
  `);
});
