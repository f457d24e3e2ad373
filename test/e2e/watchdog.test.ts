import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { RouterShow } from '../../src/operations/router/show.js';
import { startFleet, withDefaultTiming, type TestFleet } from '../helpers/fleet.js';
import { counted, killAt, SEED, seeded, SOAK } from '../helpers/interrupt.js';
import { pm2Apps, releasesOf, restore, routeOf, servedByOldSide } from '../helpers/world.js';

const MIGRATE = ['migrate', 'm1', '--yes', '--hold', '500ms'];
/** A hold that no test sits through, so that the run is in the middle of it when it is killed. */
const HOLDING = ['migrate', 'm1', '--yes', '--steps', '50,100', '--hold', '2m'];
const random = seeded(SEED);
const late = SOAK ? ['background/on', 'record', 'commit'] : [['background/on', 'record'][Math.floor(random() * 2)]!];

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
let route: Awaited<ReturnType<typeof routeOf>>;
let releases: string[];

beforeAll(async () => {
  fleet = await startFleet({ file: withDefaultTiming });
});
afterAll(() => fleet?.stop());
beforeEach(async () => {
  route = await routeOf(fleet);
  releases = await releasesOf(fleet);
  load = startLoad({
    base: fleet.base,
    paths: [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }],
    perSecond: 20,
  });
});
afterEach(async () => {
  const samples = await load.stop();
  await restore(fleet);
  expect(failures(samples)).toEqual([]);
  expect(samples.length).toBeGreaterThan(50);
});

const weights = async (): Promise<Record<string, number>> => {
  const { routes } = await fleet.json<RouterShow>('router', 'show');
  return Object.fromEntries(routes[0]!.placements.map((placement) => [placement.name, placement.weight]));
};

async function undone(runId: string): Promise<void> {
  await fleet.ok('runs', 'undo', runId, '--yes');
  expect(await pm2Apps(fleet)).toEqual([]);
  expect(await releasesOf(fleet)).toEqual(releases);
  const { weights: now, placement, inForce } = await routeOf(fleet);
  expect({ weights: now, placement, inForce }).toEqual({
    weights: route.weights,
    placement: route.placement,
    inForce: true,
  });
}

test('killed before the first user moves: the old side serves all along, and runs undo takes everything away', () =>
  counted('kills without a resume served by the old side', 'release/activate', async () => {
    const { runId, at } = await killAt(fleet.start(...MIGRATE), { step: 'release/activate', moment: 'progress' });
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    await undone(runId);
  }));

test('killed in the middle of a cutover: runs undo at once takes the traffic back first, and no request fails', () =>
  counted('kills undone with nothing left', 'cutover/50', async () => {
    const { runId } = await killAt(fleet.start(...HOLDING), { step: 'cutover/50', moment: 'progress' });
    expect(await weights()).toEqual({ azure: 50, vm: 50 });
    await undone(runId);
  }));

test('killed in a cutover, resumed and killed again: the old side serves within 30 s, and a resume still completes', () =>
  counted('kills without a resume served by the old side', 'cutover/50 twice', async () => {
    const point = { step: 'cutover/50', moment: 'progress' } as const;
    const { runId } = await killAt(fleet.start('migrate', 'm1', '--yes', '--steps', '50,100', '--hold', '2s'), point);
    const { at } = await killAt(fleet.start('runs', 'resume', runId), point);
    expect((await weights()).vm).toBeGreaterThan(0);
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    expect(await weights()).toEqual({ azure: 100, vm: 0 });
    await fleet.ok('runs', 'resume', runId);
    expect(await routeOf(fleet)).toEqual({
      placement: 'vm',
      previous: 'azure',
      weights: { azure: 0, vm: 100 },
      inForce: true,
    });
  }));

test.for(late)('killed during %s: the old side serves within 30 s, and runs undo takes everything away', (step) =>
  counted('kills without a resume served by the old side', step, async () => {
    const { runId, at } = await killAt(fleet.start(...MIGRATE), { step, moment: 'start' });
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    expect(await weights()).toEqual({ azure: 100, vm: 0 });
    await undone(runId);
  }),
);

if (SOAK) {
  test('killed in the first cutover: the old side serves within 30 s, and a resume completes', () =>
    counted('kills without a resume served by the old side', 'cutover/50', async () => {
      const { runId, at } = await killAt(fleet.start(...MIGRATE), { step: 'cutover/50', moment: 'progress' });
      expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
      await fleet.ok('runs', 'resume', runId);
      expect((await routeOf(fleet)).weights).toEqual({ azure: 0, vm: 100 });
    }));
}
