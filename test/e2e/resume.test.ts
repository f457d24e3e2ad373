import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { ServiceRecord } from '../../src/remote/release.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { killAt } from '../helpers/interrupt.js';
import { routeOf } from '../helpers/world.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

const record = async (): Promise<ServiceRecord> =>
  JSON.parse(await readFile(join(fleet.home('app-1'), 'fanops/services/m1/service.json'), 'utf8')) as ServiceRecord;

test('a resume of a deployment after a newer one is refused, says what is newer and by whom, and changes nothing; the newer one stays undoable', async () => {
  await fleet.ok('migrate', 'm1', '--yes', '--hold', '300ms');
  const first = (await record()).release;
  const { runId } = await killAt(fleet.start('deploy', 'm1', '--yes'), { step: 'release/install', moment: 'start' });
  const newer = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
  const before = await record();
  expect(before).toMatchObject({ release: newer.release, previous: first, run: newer.run });

  const { code, stderr } = await fleet.cli('runs', 'resume', runId);
  expect(code, stderr).toBe(5);
  expect(stderr).toContain(
    `Run ${runId} was overtaken: what runs of m1 on app-1 was changed by run ${newer.run} (release ${newer.release}, at ${before.at}).`,
  );
  expect(stderr).toMatch(new RegExp(`tester@\\S+ succeeded ${newer.run} Deploy m1`));
  expect(stderr).toContain(`fanops runs undo ${runId}`);
  expect(stderr).not.toContain(`fanops runs resume ${runId}`);
  expect(await record()).toEqual(before);

  await fleet.ok('runs', 'undo', runId, '--yes');
  expect(await record()).toEqual(before);
  await fleet.ok('runs', 'undo', newer.run, '--yes');
  expect((await record()).release).toBe(first);
});

test('a resume of a rollback after the weights were changed by hand is refused', async () => {
  const { runId } = await killAt(fleet.start('migrate', 'rollback', 'm1', '--yes'), { step: 'route', moment: 'start' });
  await fleet.ok('router', 'weight', 'm1', 'azure=50', 'vm=50', '--yes');
  const before = await routeOf(fleet);
  const { code, stderr } = await fleet.cli('runs', 'resume', runId);
  expect(code, stderr).toBe(5);
  expect(stderr).toMatch(/the route of m1 on router-1 was changed by run/);
  expect(await routeOf(fleet)).toEqual(before);
});
