import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { MigrateStatus } from '../../src/operations/migrate/status.js';
import type { DryRunResult } from '../../src/operations/run/start.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { standing, weights } from '../helpers/app.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { pm2Apps, routeOf } from '../helpers/world.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({
    base: fleet.base,
    paths: [{ path: '/api/flow/version' }, { path: '/api/flow/status?stadiumId=rabat' }],
    perSecond: 30,
  });
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

const MIGRATE = ['migrate', 'm1', '--yes', '--hold', '500ms'];
const lostSince = (from: number) => failures(load.samples.filter((sample) => sample.at >= from));

test('a second rollback is refused before anything changes, nobody recommends it, and no request fails', async () => {
  const from = Date.now();
  await fleet.ok(...MIGRATE);
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect(await routeOf(fleet)).toEqual({
    placement: 'azure',
    previous: undefined,
    weights: { azure: 100, vm: 0 },
    inForce: true,
  });
  const before = await standing(fleet);
  const second = await fleet.cli('migrate', 'rollback', 'm1', '--yes');
  expect(second).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('There is nothing to roll back: m1 is on azure') as string,
  });
  expect(await standing(fleet)).toEqual(before);
  expect((await fleet.ok('status')).stdout).not.toContain('migrate rollback');
  expect((await fleet.ok('migrate', 'status', 'm1')).stdout).not.toContain('migrate rollback');
  expect(await fleet.json<MigrateStatus>('migrate', 'status', 'm1')).toMatchObject({
    state: 'settled',
    placement: 'azure',
  });
  expect(lostSince(from)).toEqual([]);
});

test('router weight gives nothing to a placement that is stopped, also in a dry run; --force does, and doctor and status tell of it', async () => {
  const from = Date.now();
  const wanted = ['router', 'weight', 'm1', 'azure=0', 'vm=100'];
  for (const how of ['--yes', '--dry-run']) {
    const refused = await fleet.cli(...wanted, how);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('m1 does not answer on vm, asked from router-1: connection refused (ECONNREFUSED');
    expect(refused.stderr).toContain('fanops migrate m1 --to vm');
    expect(refused.stderr).toContain('--force');
  }
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect(lostSince(from)).toEqual([]);
  const looked = await fleet.json<DryRunResult>(...wanted, '--force', '--dry-run');
  expect(JSON.stringify(looked.steps[0]?.check)).toContain('ECONNREFUSED');

  await fleet.ok(...wanted, '--force', '--yes');
  const doctor = await fleet.cli('doctor', '--json');
  expect(doctor.code).toBe(1);
  expect((JSON.parse(doctor.stdout) as DoctorResult).checks.find(({ id }) => id === 'traffic/m1/vm')).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('ECONNREFUSED') as string,
  });
  const status = await fleet.cli('status', '--json');
  expect(status.code).toBe(3);
  expect((JSON.parse(status.stdout) as StatusResult).services[0]?.silent).toMatchObject([{ placement: 'vm' }]);
  expect((await fleet.cli('status')).stdout).toContain('m1 does not answer on vm, asked from router-1');
  await fleet.ok('router', 'weight', 'm1', 'azure=100', '--yes');
  expect((await fleet.ok('status')).stdout).not.toContain('does not answer');
});

test('a rollback starts what was stopped on the side that users go back to, and no request fails', async () => {
  const from = Date.now();
  await fleet.ok(...MIGRATE);
  await fleet.ok(...MIGRATE, '--to', 'azure');
  await fleet.ok('exec', 'app-1', '--', 'pm2', 'delete', 'm1');
  expect(await pm2Apps(fleet)).toEqual([]);
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect(await routeOf(fleet)).toEqual({
    placement: 'vm',
    previous: undefined,
    weights: { azure: 0, vm: 100 },
    inForce: true,
  });
  expect(await pm2Apps(fleet)).toMatchObject([{ name: 'm1', pm2_env: { status: 'online' } }]);
  expect(lostSince(from)).toEqual([]);
});

/** Deploys with the health request of m1 changed in its app, and puts the app back. */
async function deployWith(handler: string) {
  const file = join(fleet.dir, 'm1/src/functions/version.js');
  const text = await readFile(file, 'utf8');
  expect(text).toContain('{ jsonBody: { name, version } }');
  await writeFile(file, text.replace('{ jsonBody: { name, version } }', handler));
  const result = await fleet.cli('deploy', 'm1', '--yes');
  await writeFile(file, text);
  return result;
}
const workers = async (): Promise<unknown> => (await pm2Apps(fleet)).map(({ name, pid }) => [name, pid]);

test.for(['500', '404'])(
  'a release that answers %s on its health path is refused by its trial: the one before is never stopped, and no request fails',
  async (status) => {
    if ((await routeOf(fleet)).placement !== 'vm') await fleet.ok(...MIGRATE, '--to', 'vm');
    const from = Date.now();
    const [before, running] = [(await fleet.json<StatusResult>('status')).services[0]?.release, await workers()];
    const result = await deployWith(`{ status: ${status} }`);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(`it answers ${status}`);
    expect(result.stderr).toContain('Nothing was swapped');
    expect(await workers()).toEqual(running);
    expect((await fleet.json<StatusResult>('status')).services[0]).toMatchObject({ release: before, placement: 'vm' });
    expect(lostSince(from)).toEqual([]);
  },
);

test('a release that answers its trial and not the router goes back', async () => {
  const before = (await fleet.json<StatusResult>('status')).services[0]?.release;
  // The trial listens on port 0.
  const result = await deployWith(
    "process.argv.join(' ').includes('--port 0') ? { jsonBody: { name, version } } : { status: 404 }",
  );
  expect(result.code).toBe(6);
  expect(result.stderr).toContain('answers 404, and answered 200 when it was last judged good');
  const from = Date.now();
  expect((await fleet.json<StatusResult>('status')).services[0]).toMatchObject({ release: before, placement: 'vm' });
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
  expect(lostSince(from)).toEqual([]);
});

test('an address that the router host cannot use is refused with what it ran into, and the old one serves on', async () => {
  await fleet.ok(...MIGRATE, '--to', 'azure');
  const from = Date.now();
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  const use = (url: string): Promise<void> => writeFile(file, text.replace(/url: "[^"]*"/, `url: "${url}"`));
  await use('http://only-known-to-the-operator.invalid');
  const unknown = await fleet.cli('router', 'apply', '--yes');
  expect(unknown.code).toBe(5);
  expect(unknown.stderr).toMatch(
    /asked from router-1: the name does not resolve: .*(ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|ECONNREFUSED|ETIMEOUT)/,
  );
  await use(`http://[::1]:${fleet.ports.standIn}`);
  const family = await fleet.cli('router', 'apply', '--yes');
  expect(family.code).toBe(5);
  expect(family.stderr).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT/);
  await writeFile(file, text);
  expect((await fleet.json<{ changed: string[] }>('router', 'apply', '--yes')).changed).toEqual([]);
  expect(lostSince(from)).toEqual([]);
});
