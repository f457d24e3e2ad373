import { expect, test } from 'vitest';
import type { MigrateStatus } from '../../../../src/operations/migrate/status.js';
import {
  renderMigrate,
  renderMigrateFinish,
  renderMigrateRollback,
  renderMigrateStatus,
} from '../../../../src/ui/render/migrate.js';
import { NOW, plain } from '../../../helpers/plain-style.js';

const moved = {
  run: '20261121-021305-k3x9q',
  service: 'm1',
  from: 'azure',
  to: 'vm',
  changed: true,
  release: '20261121-021305-4f2a90c1',
  ms: 34_200,
  notes: [],
  cutover: [
    { percent: 10, seen: 'azure 91 requests, 0 errors, p95 31 ms; vm 9 requests, 0 errors, p95 12 ms' },
    { percent: 100, seen: '' },
  ],
};

test('a migration, with what was seen at each share and the two ways on', () => {
  expect(renderMigrate({ ...moved, notes: ['Timers of azure keep running.'] }, plain)).toMatchInlineSnapshot(`
    "Done. m1 moved from azure to vm.
       10 %  azure 91 requests, 0 errors, p95 31 ms; vm 9 requests, 0 errors, p95 12 ms
      100 %  held
    Run 20261121-021305-k3x9q, 34.2 s, release 20261121-021305-4f2a90c1
    ! Timers of azure keep running.

    Next:
      fanops migrate status m1
      fanops migrate rollback m1  goes back to azure
      fanops migrate finish m1    retires azure"
  `);
});

test('a migration that had nothing to do', () => {
  expect(renderMigrate({ ...moved, from: 'vm', changed: false, cutover: [] }, plain)).toBe(
    'm1 is on vm already. Nothing was changed.',
  );
});

const status: MigrateStatus = {
  service: 'm1',
  state: 'open',
  placement: 'vm',
  previous: 'azure',
  since: '2026-11-20T18:04:00.000Z',
  run: 'R1',
  placements: [
    { name: 'azure', url: 'http://127.0.0.1:8471', weight: 0 },
    { name: 'vm', url: 'http://127.0.0.1:8490', weight: 100 },
  ],
  stats: {
    complete: true,
    placements: {
      vm: { requests: 1204, errors: 3, clientErrors: 1, latencyMs: { p50: 4.4, p95: 12.6, p99: 40, max: 90 } },
    },
  },
};

test('an open migration', () => {
  expect(renderMigrateStatus(status, plain, NOW)).toMatchInlineSnapshot(`
    "m1 is on vm. The migration is open: it can go back to azure.

    PLACEMENT  WEIGHT  REQUESTS  ERRORS     P50   P95    P99
    azure      0 %     0         0          -     -      -
    vm *       100 %   1204      3 (0.2 %)  4 ms  13 ms  40 ms
    * placed there. Figures of the last ten minutes. Since 2026-11-20 18:04 (8 h ago), run R1.

    Next:
      fanops migrate rollback m1  goes back to azure
      fanops migrate finish m1    retires azure"
  `);
});

test('split traffic', () => {
  const placements = status.placements.map((placement) => ({ ...placement, weight: 50 }));
  expect(
    renderMigrateStatus(
      {
        ...status,
        state: 'split',
        placement: 'azure',
        previous: undefined,
        placements,
        stats: { complete: false, placements: {} },
      },
      plain,
      NOW,
    ),
  ).toMatchInlineSnapshot(`
    "m1 is placed on azure, and its traffic is split.

    PLACEMENT  WEIGHT  REQUESTS  ERRORS  P50  P95  P99
    azure *    50 %    0         0       -    -    -
    vm         50 %    0         0       -    -    -
    * placed there. Figures of the last ten minutes. Since 2026-11-20 18:04 (8 h ago), run R1.
    ! Part of the router's log of m1 is lost: the figures are too low.

    Next:
      fanops migrate rollback m1  sends all traffic to azure"
  `);
});

test('a settled service', () => {
  const settled = renderMigrateStatus({ ...status, state: 'settled', previous: undefined, run: '' }, plain, NOW);
  expect(settled).toContain('m1 is on vm, and no migration is open.\n');
  expect(settled).toContain('Since 2026-11-20 18:04 (8 h ago).\n');
  expect(settled).toMatch(/Next:\n {2}fanops migrate m1$/);
});

test('a rollback and a finish', () => {
  expect(renderMigrateRollback({ run: 'R2', service: 'm1', from: 'vm', to: 'azure', ms: 2100 }, plain))
    .toMatchInlineSnapshot(`
    "Done. m1 is back on azure; vm gets no traffic.
    Run R2, 2.1 s

    Next:
      fanops migrate status m1
      fanops migrate m1 --to vm  tries again"
  `);
  expect(
    renderMigrateFinish(
      { run: 'R3', service: 'm1', placement: 'vm', retired: 'azure', notes: ['Delete the function app.'] },
      plain,
    ),
  ).toMatchInlineSnapshot(`
    "Done. m1 stays on vm; azure is retired.
    Run R3
    ! Delete the function app."
  `);
});

test('where a service without a route is, without figures of requests', () => {
  const worker = { ...status, service: 'worker', placements: [], stats: { complete: true, placements: {} } };
  const text = renderMigrateStatus(worker, plain, NOW);
  expect(text.split('\n').slice(0, 2)).toEqual([
    'worker is on vm. The migration is open: it can go back to azure.',
    expect.stringMatching(/^No route leads to it: it has timers and queue triggers only\. Since .*, run \S+\.$/),
  ]);
  const first = { ...worker, state: 'settled' as const, previous: undefined, since: '', run: '' };
  expect(renderMigrateStatus(first, plain, NOW)).toBe(
    'worker is on vm, and no migration is open.\n' +
      'No route leads to it: it has timers and queue triggers only. No migration has placed it there.',
  );
});
