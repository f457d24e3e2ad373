import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { counted, reach, type KillPoint } from '../helpers/interrupt.js';
import { pm2Apps, restore, routeOf, servedByOldSide } from '../helpers/world.js';

const MIGRATE = ['migrate', 'm1', '--yes', '--hold', '500ms'];
const MOVED = { placement: 'vm', previous: 'azure', weights: { azure: 0, vm: 100 }, inForce: true };

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;

beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet?.stop());
beforeEach(() => {
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

/** Ends the SSH server of a host while a run is at a point. */
async function cutAt(
  args: string[],
  host: string,
  point: KillPoint,
): Promise<{ runId: string; at: number; ended: Promise<CliResult> }> {
  const run = fleet.start(...args);
  const runId = await reach(run, point);
  const { pid } = JSON.parse(await readFile(join(fleet.home(host), '../server.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  return { runId, at: Date.now(), ended: run.ended };
}

async function resumedTo(runId: string, host: string): Promise<void> {
  await fleet.ok('host', 'provision', host, '--yes');
  await fleet.ok('runs', 'resume', runId);
  expect(await routeOf(fleet)).toEqual(MOVED);
  expect((await pm2Apps(fleet)).map(({ name, pm2_env: e }) => [name, e.status])).toEqual([['m1', 'online']]);
}

test('the link to the app host is cut during an install: the run fails with the host, and is resumed once the host is back', () =>
  counted('cut links resumed', 'app-1 in release/install', async () => {
    const { runId, ended } = await cutAt(MIGRATE, 'app-1', { step: 'release/install', moment: 'progress' });
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('app-1');
    expect(stderr).toContain(`fanops runs resume ${runId}`);
    expect((await routeOf(fleet)).weights).toEqual({ azure: 100, vm: 0 });
    await resumedTo(runId, 'app-1');
  }));

test('the link to the app host is cut in a cutover: all traffic is on the old side when the run ends, and a resume completes', () =>
  counted('cut links resumed', 'app-1 in cutover/50', async () => {
    const { runId, at, ended } = await cutAt(MIGRATE, 'app-1', { step: 'cutover/50', moment: 'start' });
    const { code, stderr } = await ended;
    expect(code, stderr).not.toBe(0);
    expect(stderr).toContain('app-1');
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    await resumedTo(runId, 'app-1');
  }));

test('the link to the router host is cut in a cutover: its watchdog sends all traffic back within 30 s, and a resume completes', () =>
  counted('cut links resumed', 'router-1 in cutover/50', async () => {
    const { runId, at, ended } = await cutAt(
      ['migrate', 'm1', '--yes', '--steps', '50,100', '--hold', '3s'],
      'router-1',
      { step: 'cutover/50', moment: 'progress' },
    );
    expect((await routeOf(fleet)).weights).toEqual({ azure: 50, vm: 50 });
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('Could not be brought back');
    expect(await servedByOldSide(fleet, at)).toBeLessThan(30_000);
    await resumedTo(runId, 'router-1');
  }));
