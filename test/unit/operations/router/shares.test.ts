import { expect, test } from 'vitest';
import type { PlacementStats } from '../../../../src/operations/router/engine.js';
import { likelihoodOfExcess } from '../../../../src/operations/router/fisher.js';
import { gateLimits, judge } from '../../../../src/operations/router/gate.js';

type Statuses = Record<number, number>;
const sum = (statuses: Statuses, from = 0, below = 1000): number =>
  Object.entries(statuses).reduce(
    (total, [status, count]) => total + (Number(status) >= from && Number(status) < below ? count : 0),
    0,
  );
const total = (routes: Record<string, Statuses>): Statuses => {
  const all: Statuses = {};
  for (const statuses of Object.values(routes))
    for (const [status, count] of Object.entries(statuses)) all[Number(status)] = (all[Number(status)] ?? 0) + count;
  return all;
};

/** Figures of a side from its answers by route and status. */
function side(routes: Record<string, Statuses>, more: Partial<PlacementStats> = {}): PlacementStats {
  const statuses = total(routes);
  return {
    requests: sum(statuses),
    errors: sum(statuses, 500),
    clientErrors: sum(statuses, 400, 500),
    statuses,
    unanswered: 0,
    aborted: 0,
    latencyMs: { p50: 5, p95: 9, p99: 9, max: 9 },
    routes: Object.fromEntries(
      Object.entries(routes).map(([route, each]) => [route, { statuses: each, unanswered: 0, aborted: 0 }]),
    ),
    ...more,
  };
}

const A = 'GET /api/a';
const B = 'GET /api/b';
/** What the gate says of the new side's answers, compared with the old side's at the same time and over ten minutes. */
function said(
  fresh: PlacementStats,
  concurrent: PlacementStats | undefined,
  baseline = concurrent,
  limits = gateLimits(),
): string {
  const verdict = judge(limits, { complete: true, placements: { vm: fresh } }, 'vm', { concurrent, baseline });
  return verdict.state === 'pass' ? 'pass' : `${verdict.state}: ${verdict.reason}`;
}

test.each<[string, PlacementStats, PlacementStats | undefined, string]>([
  [
    '401 for everybody, where the old side serves',
    side({ [A]: { 401: 5 } }),
    side({ [A]: { 200: 45 } }),
    'breach: 5 of 5 answers are 401 or 403 (100.0 %; old side 0 of 45)',
  ],
  [
    '401 for one route only',
    side({ [A]: { 200: 95 }, [B]: { 401: 5 } }),
    side({ [A]: { 200: 855 }, [B]: { 200: 45 } }),
    'breach: 5 of 100 answers are 401 or 403 (5.0 %; old side 0 of 900)',
  ],
  [
    '404 for one route only, of little traffic',
    side({ [A]: { 200: 990 }, [B]: { 404: 10 } }),
    side({ [A]: { 200: 8910 }, [B]: { 200: 90 } }),
    'breach: 10 of 10 answers to GET /api/b are 4xx (100.0 %; old side 0 of 90)',
  ],
  [
    '404 for half of all',
    side({ [A]: { 200: 20, 404: 20 } }),
    side({ [A]: { 200: 360 } }),
    'breach: 20 of 40 answers are 4xx (50.0 %; old side 0 of 360)',
  ],
  [
    'redirects to a login page that the old side does not give',
    side({ [A]: { 302: 10 } }),
    side({ [A]: { 200: 90 } }),
    'breach: 10 of 10 answers are 3xx (100.0 %; old side 0 of 90)',
  ],
  ['both answer 404 alike', side({ [A]: { 200: 70, 404: 30 } }), side({ [A]: { 200: 640, 404: 260 } }), 'pass'],
  ['both answer 401 alike', side({ [A]: { 200: 9, 401: 1 } }), side({ [A]: { 200: 80, 401: 10 } }), 'pass'],
  ['a 404 in a tiny sample', side({ [A]: { 200: 4, 404: 1 } }), side({ [A]: { 200: 45 } }), 'pass'],
  [
    'some 404 in a small sample are no pass yet',
    side({ [A]: { 200: 3, 404: 2 } }),
    side({ [A]: { 200: 45 } }),
    'open: 2 of 5 answers are 4xx (40.0 %; old side 0 of 45)',
  ],
  [
    'a 401 in a tiny sample is no pass yet',
    side({ [A]: { 200: 4, 401: 1 } }),
    side({ [A]: { 200: 45 } }),
    'open: 1 of 5 answers are 401 or 403 (20.0 %; old side 0 of 45)',
  ],
  ['a 401 among many answers', side({ [A]: { 200: 199, 401: 1 } }), side({ [A]: { 200: 1800 } }), 'pass'],
  [
    'a significant difference below the floor',
    side({ [A]: { 200: 9850, 404: 150 } }),
    side({ [A]: { 200: 90_000 } }),
    'pass',
  ],
  [
    'answers that clients have in their caches',
    side({ [A]: { 200: 5, 304: 45 } }),
    side({ [A]: { 200: 450 } }),
    'pass',
  ],
  [
    'clients that left',
    side(
      { [A]: { 200: 50, 499: 50 } },
      { clientErrors: 0, aborted: 50, routes: { [A]: { statuses: { 200: 50, 499: 50 }, aborted: 50 } } },
    ),
    side({ [A]: { 200: 450 } }),
    'pass',
  ],
  [
    'nobody to compare 404 with',
    side({ [A]: { 200: 5, 404: 5 } }),
    undefined,
    'open: 5 of 10 answers are 3xx or 4xx (50.0 %), and the old side gave none to compare them with',
  ],
  ['nobody to compare with, and all is well', side({ [A]: { 200: 10 } }), undefined, 'pass'],
  [
    'figures of an older program, by status only',
    side({ [A]: { 401: 9 } }, { routes: undefined, unanswered: undefined }),
    side({ [A]: { 200: 81 } }, { routes: undefined }),
    'breach: 9 of 9 answers are 401 or 403 (100.0 %; old side 0 of 81)',
  ],
])('%s', (_name, fresh, old, expected) => {
  expect(said(fresh, old)).toBe(expected);
});

test('with all traffic on the new side, its answers are compared with those that the old side gave before', () => {
  const before = side({ [A]: { 200: 500 }, [B]: { 404: 100 } });
  expect(said(side({ [A]: { 404: 50 } }), side({ [A]: { 200: 1 } }), before)).toMatch(
    /^breach: 50 of 50 answers are 4xx/,
  );
  // What users ask for has changed meanwhile; each route answers as before.
  expect(said(side({ [A]: { 200: 20 }, [B]: { 404: 80 } }), undefined, before)).toBe('pass');
  // A scanner that the old side never met.
  expect(said(side({ [A]: { 200: 60 }, 'GET /wp-login.php': { 404: 30 } }), undefined, before)).toBe('pass');
});

test('a route that the new side does not answer is a breach although all errors are within the limit', () => {
  const fresh = side({ [A]: { 200: 2000 }, [B]: { 502: 15 } });
  fresh.unanswered = 15;
  fresh.routes![B]!.unanswered = 15;
  expect(said(fresh, side({ [A]: { 200: 18_000 }, [B]: { 200: 135 } }))).toBe(
    'breach: 15 of 15 answers to GET /api/b are 5xx (100.0 %; old side 0 of 135)',
  );
});

test('the limit of the difference is a setting, and plans of older versions have the default', () => {
  const [fresh, old] = [side({ [A]: { 200: 900, 404: 100 } }), side({ [A]: { 200: 9000 } })];
  expect(said(fresh, old, old, gateLimits({ maxShareIncrease: 0.2 }))).toBe('pass');
  expect(said(fresh, old, old, { ...gateLimits(), maxShareIncrease: undefined })).toMatch(/^breach/);
});

test('two sides that answer alike are not taken for different, look after look', () => {
  let seed = 11;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const drawn = (count: number, share: number): Statuses => {
    const missed = Array.from({ length: count }, random).filter((x) => x < share).length;
    return { 200: count - missed, 404: missed };
  };
  let breaches = 0;
  for (let round = 0; round < 2000; round += 1) {
    const share = [0.01, 0.1, 0.5][round % 3]!;
    const fresh = side({ [A]: drawn(5 + (round % 60), share), [B]: drawn(5, share) });
    const old = side({ [A]: drawn(9 * (5 + (round % 60)), share), [B]: drawn(45, share) });
    if (said(fresh, old).startsWith('breach')) breaches += 1;
  }
  expect(breaches).toBeLessThan(10);
});

test.each([
  [{ hits: 5, total: 5 }, { hits: 0, total: 45 }, 1 / 2_118_760],
  [{ hits: 2, total: 5 }, { hits: 0, total: 45 }, 10 / 1225],
  [{ hits: 3, total: 10 }, { hits: 3, total: 10 }, 0.6857585],
  [{ hits: 0, total: 10 }, { hits: 3, total: 10 }, 1],
  [{ hits: 3, total: 3 }, { hits: 0, total: 0 }, 1],
  [{ hits: 300, total: 10_000 }, { hits: 1800, total: 90_000 }, 2.1459078e-10],
])('the likelihood that %o and %o differ so by chance is exact', (fresh, old, expected) => {
  const ratio = likelihoodOfExcess(fresh, old) / expected;
  expect(ratio).toBeGreaterThan(0.9999);
  expect(ratio).toBeLessThan(1.0001);
});
