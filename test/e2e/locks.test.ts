import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { LockList } from '../../src/operations/lock/locks.js';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { MigrateStatus } from '../../src/operations/migrate/status.js';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { cloneOf, standing, weights } from '../helpers/app.js';
import { cli, startCli, type CliResult, type LiveCli } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

let fleet: TestFleet;
let clone: string;
let load: ReturnType<typeof startLoad>;
const going: LiveCli[] = [];
beforeAll(async () => {
  fleet = await startFleet();
  clone = await cloneOf(fleet);
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
});
afterAll(async () => {
  await load?.stop();
  for (const live of going) live.child.kill('SIGKILL');
  await fleet?.stop();
});

const env = { FANOPS_OPERATOR: 'colleague' };
const inClone = (...args: string[]): Promise<CliResult> => cli(args, { cwd: clone, env });

async function cloneOk(...args: string[]): Promise<CliResult> {
  const result = await inClone(...args);
  if (result.code !== 0)
    throw new Error(`fanops ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result;
}

/** A migration that holds its first share until it is ended. */
async function heldMigration(): Promise<{ live: LiveCli; run: string }> {
  const live = fleet.start('migrate', 'm1', '--yes', '--hold', '5m');
  going.push(live);
  const started = await live.event((event) => event.type === 'run.started');
  await live.event((event) => event.type === 'step.progress' && event.id === 'cutover/10');
  return { live, run: started.type === 'run.started' ? started.runId : '' };
}

test('a second migration is kept out, from the same folder and from another clone, and is told who holds the lock', async () => {
  const { live, run } = await heldMigration();
  const before = await standing(fleet);
  for (const second of [
    await fleet.cli('migrate', 'm1', '--yes'),
    await inClone('migrate', 'm1', '--yes'),
    await inClone('migrate', 'rollback', 'm1', '--yes'),
  ]) {
    expect(second.code).toBe(5);
    expect(second.stderr).toContain('The lock service-m1 on ');
    expect(second.stderr).toContain(' is held by tester on ');
    expect(second.stderr).toContain(run);
    expect(second.stderr).toContain('fanops lock break service-m1');
  }
  expect(await standing(fleet)).toEqual(before);
  expect(JSON.parse((await cloneOk('runs', 'list', '--json')).stdout)).toEqual({ runs: [] });

  const shown = JSON.parse((await cloneOk('lock', 'show', '--json')).stdout) as LockList;
  expect(shown.locks.map(({ name, host, holder }) => [name, host, holder?.operator.name, holder?.run])).toEqual([
    ['service-m1', 'app-1', 'tester', run],
    ['service-m1', 'router-1', 'tester', run],
  ]);
  expect((await cloneOk('lock', 'show')).stdout).toContain('Migrate m1: azure -> vm');
  const seen = JSON.parse((await cloneOk('migrate', 'status', 'm1', '--json')).stdout) as MigrateStatus;
  expect(seen).toMatchObject({ state: 'split', placement: 'azure', run });
  expect(seen.placements.map(({ name, weight }) => [name, weight])).toEqual([
    ['azure', 90],
    ['vm', 10],
  ]);

  live.child.kill('SIGINT');
  expect((await live.ended).code).toBe(130);
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect((JSON.parse((await cloneOk('lock', 'show', '--json')).stdout) as LockList).locks).toEqual([]);
});

test('while a run holds a service its host is not stopped, started anew or destroyed; a holder whose lock is broken stops, and cannot undo what the next holder did', async () => {
  const { live } = await heldMigration();
  const unconfirmed = await inClone('lock', 'break', 'm1');
  expect(unconfirmed.code).toBe(2);
  expect(unconfirmed.stderr).toContain('--yes');
  // The host of the new side has no users yet, and is at work all the same.
  for (const verb of ['stop', 'restart', 'destroy']) {
    const kept = await inClone('host', verb, 'app-1', '--yes', '--force');
    expect(kept.code, kept.stderr).toBe(5);
    expect(kept.stderr).toContain('The lock service-m1 on app-1 is held by tester');
  }
  expect((await fleet.json<StatusResult>('status')).hosts.map(({ state }) => state)).toEqual(['running', 'running']);
  await cloneOk('lock', 'break', 'm1', '--yes');
  await cloneOk('router', 'weight', 'm1', 'azure=70', 'vm=30', '--yes');
  const written = (await standing(fleet)).route;
  const stopped = await live.ended;
  expect(stopped.code).not.toBe(0);
  expect(stopped.stderr).toContain('was taken by somebody else');
  expect((await standing(fleet)).route).toBe(written);
  expect(await readFile(join(fleet.home('router-1'), 'fanops/audit.log'), 'utf8')).toMatch(
    /colleague broke lock service-m1 of tester/,
  );
  await cloneOk('router', 'weight', 'm1', 'azure=100', 'vm=0', '--yes');
});

test('another clone sees where a service is, and takes it back', async () => {
  await fleet.ok('migrate', 'm1', '--yes', '--hold', '500ms');
  const status = JSON.parse((await cloneOk('status', '--json')).stdout) as StatusResult;
  expect(status.services).toMatchObject([{ name: 'm1', placement: 'vm', previous: 'azure' }]);
  expect((await cloneOk('migrate', 'status', 'm1')).stdout).toContain('fanops migrate rollback m1');
  await cloneOk('migrate', 'rollback', 'm1', '--yes');
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect((await fleet.json<StatusResult>('status')).services[0]?.placement).toBe('azure');
});

test('users go back also when the host that they leave is gone; status says where they are, and what was left there is stopped later', async () => {
  await fleet.ok('migrate', 'm1', '--yes', '--hold', '500ms');
  // Users of the dead host may see errors until they are sent back; that is not what this is about.
  await load.stop();
  await fleet.ok('host', 'stop', 'app-1', '--yes', '--force');
  const { services } = JSON.parse((await fleet.cli('status', '--json')).stdout) as StatusResult;
  expect(services).toMatchObject([
    { placement: 'vm', rollback: 'azure', placements: [{ name: 'azure' }, { name: 'vm', weight: 100 }] },
  ]);
  const back = await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect(back.stdout).toContain('m1 is not stopped on vm: Host app-1 is stopped.');
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
  await fleet.ok('host', 'start', 'app-1', '--yes');
  // It starts what the host is to run, under the lock that it has itself.
  await fleet.ok('host', 'restart', 'app-1', '--yes');
  expect((await fleet.ok('exec', 'app-1', '--', 'pm2', 'jlist')).stdout).toContain('"status":"online"');
  const found = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
  expect(found.checks.filter(({ state }) => state === 'fail')).toMatchObject([
    { id: 'host/app-1/standing', fix: 'fanops migrate rollback m1' },
  ]);
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect((await fleet.json<DoctorResult>('doctor')).sum.fail).toBe(0);
  expect((await fleet.cli('migrate', 'rollback', 'm1', '--yes')).code).toBe(5);
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
});

test('a run that another clone built on is not undone under it', async () => {
  const { run } = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '500ms');
  const theirs = JSON.parse((await cloneOk('deploy', 'm1', '--yes', '--json')).stdout) as DeployResult;
  const before = await standing(fleet);
  const refused = await fleet.cli('runs', 'undo', run, '--yes');
  expect(refused.code, refused.stderr).toBe(5);
  expect(refused.stderr).toContain(theirs.run);
  expect(await standing(fleet)).toEqual(before);
  await cloneOk('runs', 'undo', theirs.run, '--yes');
  expect((await fleet.json<StatusResult>('status')).services[0]).toMatchObject({
    placement: 'vm',
    release: expect.not.stringContaining(theirs.release) as string,
  });
  await fleet.ok('runs', 'undo', run, '--yes');
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
});

test('a lock of a process that was killed is taken at once on the same machine', async () => {
  const { live, run } = await heldMigration();
  live.child.kill('SIGKILL');
  await live.ended;
  const startedAt = Date.now();
  const undone = await startCli(['runs', 'undo', run, '--yes', '--json'], { cwd: fleet.dir, env: fleet.env }).ended;
  expect(undone.code, undone.stderr).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(40_000);
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
});

test('no user met an error in all of this', async () => {
  const samples = await load.stop();
  console.log(`${samples.length} requests while locks were held, broken and taken`);
  expect(failures(samples)).toEqual([]);
});
