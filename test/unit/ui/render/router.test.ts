import { expect, test } from 'vitest';
import type { RouterShow } from '../../../../src/operations/router/show.js';
import { renderDeploy } from '../../../../src/ui/render/deploy.js';
import { renderRouter, renderRouterApply, renderWeights } from '../../../../src/ui/render/router.js';
import { plain } from '../../../helpers/plain-style.js';

const placements = [
  { name: 'azure', url: 'http://127.0.0.1:8471', weight: 90 },
  { name: 'vm', url: 'http://127.0.0.1:8490', weight: 10 },
];
const shown: RouterShow = {
  host: 'router-1',
  engine: 'embedded',
  listen: 8480,
  running: true,
  missing: [],
  routes: [
    {
      service: 'm1',
      version: 3,
      fence: 2,
      path: '/api/flow',
      placement: 'azure',
      run: 'R1',
      at: '2026-11-21T02:00:00Z',
      placements,
      stats: {
        complete: true,
        placements: {
          azure: { requests: 200, errors: 1, clientErrors: 0, latencyMs: { p50: 8, p95: 31, p99: 60, max: 61 } },
        },
      },
    },
  ],
};

test('routes with their figures', () => {
  expect(renderRouter(shown, plain)).toMatchInlineSnapshot(`
    "The embedded router runs on router-1, port 8480.

    SERVICE  PATH       PLACEMENT  WEIGHT  REQUESTS  ERRORS     P50   P95    P99    URL
    m1       /api/flow  azure *    90 %    200       1 (0.5 %)  8 ms  31 ms  60 ms  http://127.0.0.1:8471
                        vm         10 %    0         0          -     -      -      http://127.0.0.1:8490
    * placed there. Figures of the last ten minutes."
  `);
});

test('figures that are not all there are told', () => {
  const [route] = shown.routes;
  expect(
    renderRouter({ ...shown, routes: [{ ...route!, stats: { complete: false, placements: {} } }] }, plain),
  ).toContain("\n! Part of the router's log of m1 is lost: the figures are too low.");
});

test('a router that is down and lacks a route', () => {
  expect(renderRouter({ ...shown, running: false, routes: [], missing: ['m1'] }, plain)).toMatchInlineSnapshot(`
    "The embedded router does not run on router-1, port 8480.

    It has no routes.
    ! m1 has a route in the fleet file and none on the router.

    Next:
      fanops router apply  brings the router to what the fleet file says"
  `);
});

test('what applying changed', () => {
  const result = {
    run: 'R1',
    host: 'router-1',
    engine: 'embedded',
    listen: '8480',
    services: ['m1'],
    changed: ['Install the router', 'Run the router under PM2'],
  };
  expect(renderRouterApply(result, plain)).toMatchInlineSnapshot(`
    "Done. The embedded router runs on router-1, port 8480, with 1 service: m1.
      Install the router
      Run the router under PM2
    Run R1

    Next:
      fanops router show"
  `);
  expect(renderRouterApply({ ...result, services: [], changed: [] }, plain)).toMatchInlineSnapshot(`
    "Done. The embedded router runs on router-1, port 8480, with no service yet.
    Nothing had to change.
    Run R1

    Next:
      fanops router show"
  `);
});

test('weights', () => {
  expect(renderWeights({ run: 'R1', service: 'm1', placements }, plain)).toMatchInlineSnapshot(`
    "Done. m1: azure 90 %, vm 10 %. Nothing watches them.
    Run R1

    Next:
      fanops migrate status m1  shows the figures
      fanops runs undo R1       puts the weights back"
  `);
});

test('a deploy', () => {
  const result = {
    run: 'R1',
    service: 'm1',
    placement: 'vm',
    host: 'app-1',
    release: '20261121-4f2a',
    previous: '20261120-11aa',
    ms: 12_340,
  };
  expect(renderDeploy(result, plain)).toMatchInlineSnapshot(`
    "Done. m1 runs release 20261121-4f2a on app-1 (vm).
    Run R1, 12.3 s

    Next:
      fanops logs m1
      fanops deploy rollback m1  runs 20261120-11aa again"
  `);
  expect(renderDeploy({ ...result, previous: undefined }, plain)).not.toContain('rollback');
});
