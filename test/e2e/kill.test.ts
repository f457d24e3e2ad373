import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { RunDetails } from '../../src/operations/run/list.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { counted, killAt, killPoints, MOMENTS_A_STEP, SEED, type KillPoint } from '../helpers/interrupt.js';
import { releasesOf, restore, routeOf, worldAfter, type World } from '../helpers/world.js';

const RELEASE = ['analyse', 'prepare', 'release/upload', 'release/install', 'release/smoke', 'release/activate'];
const CUTOVER = ['cutover/10', 'cutover/50', 'cutover/100'];
const MIGRATE = [...RELEASE, 'parity', 'probe', 'watchdog', ...CUTOVER, 'background/on', 'record', 'commit', 'prune'];
const DEPLOY = [...RELEASE, 'probe', 'verify', 'prune'];
const migrate = ['migrate', 'm1', '--yes', '--hold', '500ms'];
const paths = [{ path: '/api/flow/status?stadiumId=rabat' }, { path: '/api/flow/version' }];
const moves = killPoints(MIGRATE, { count: 4, must: CUTOVER, perStep: MOMENTS_A_STEP, seed: SEED });
const deploys = killPoints(DEPLOY, { count: 2, perStep: MOMENTS_A_STEP, seed: SEED + 1 });
const named = (points: KillPoint[]): [string, KillPoint][] =>
  points.map((point) => [
    `${point.step} at ${typeof point.moment === 'number' ? `${point.moment} ms` : point.moment}`,
    point,
  ]);

let fleet: TestFleet;
let load: ReturnType<typeof startLoad> | undefined;

beforeAll(async () => {
  process.stdout.write(
    `kill points of seed ${SEED}: migrate ${named(moves)
      .map(([name]) => name)
      .join(', ')}; deploy ${named(deploys)
      .map(([name]) => name)
      .join(', ')}\n`,
  );
  fleet = await startFleet();
});
afterAll(() => fleet?.stop());
afterEach(async () => {
  await load?.stop();
  load = undefined;
});

const sendLoad = (): void => {
  load = startLoad({ base: fleet.base, paths, perSecond: 20 });
};

async function noneFailed(): Promise<void> {
  const samples = (await load?.stop()) ?? [];
  expect(failures(samples)).toEqual([]);
  expect(samples.length).toBeGreaterThan(0);
}

/** Interrupts a command at a point, resumes its run, and compares with what an uninterrupted one leaves. */
async function interrupted(command: string[], point: KillPoint, uninterrupted: World): Promise<void> {
  const before = await releasesOf(fleet);
  sendLoad();
  const { runId } = await killAt(fleet.start(...command), point);
  const { run } = await fleet.json<RunDetails>('runs', 'show', runId);
  if (run.status === 'interrupted') await fleet.ok('runs', 'resume', runId);
  else expect(run.status, 'only a run that was at its last step may have ended').toBe('succeeded');
  expect(await worldAfter(fleet, runId, before)).toEqual(uninterrupted);
  await noneFailed();
}

describe('a migration whose process is killed', () => {
  let uninterrupted: World;

  test('is compared with one that is not', async () => {
    sendLoad();
    const { run } = await fleet.json<MigrateResult>(...migrate);
    uninterrupted = await worldAfter(fleet, run, []);
    expect(uninterrupted).toMatchObject({
      route: { placement: 'vm', previous: 'azure', weights: { azure: 0, vm: 100 }, inForce: true },
      releases: { added: 1, current: 'newest - 0', active: 'on.env', modules: true, hidden: [] },
      record: { release: 'newest - 0', background: true, byThisRun: true },
      pm2: [{ name: 'm1', status: 'online', release: 'newest - 0' }],
      saved: [{ name: 'm1', release: 'newest - 0' }],
      watchdogs: [],
      guards: [],
      strays: [],
      locks: [],
      run: { status: 'succeeded', steps: MIGRATE.map((id) => `${id}: done`), temporary: [] },
    });
    await restore(fleet);
  });

  test.for(named(moves))(
    'in %s, ends in the same state after runs resume, and no request fails',
    async ([name, point]) => {
      await restore(fleet);
      await counted('kill points of migrate resumed to the same state', name, () =>
        interrupted(migrate, point, uninterrupted),
      );
    },
  );
});

describe('a deployment whose process is killed', () => {
  let uninterrupted: World;

  test('is compared with one that is not', async () => {
    sendLoad();
    if ((await routeOf(fleet)).placement === 'azure') await fleet.ok(...migrate);
    const before = await releasesOf(fleet);
    const { run } = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
    uninterrupted = await worldAfter(fleet, run, before);
    expect(uninterrupted).toMatchObject({
      releases: { added: 1, current: 'newest - 0' },
      record: { release: 'newest - 0', background: true },
      pm2: [{ name: 'm1', status: 'online', release: 'newest - 0' }],
      run: { status: 'succeeded', steps: DEPLOY.map((id) => `${id}: done`) },
    });
  });

  test.for(named(deploys))(
    'in %s, ends in the same state after runs resume, and no request fails',
    async ([name, point]) => {
      await counted('kill points of deploy resumed to the same state', name, () =>
        interrupted(['deploy', 'm1', '--yes'], point, uninterrupted),
      );
    },
  );
});
