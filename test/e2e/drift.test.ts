import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { DeployResult } from '../../src/operations/deploy/deploy.js';
import type { ServiceRecord } from '../../src/remote/release.js';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { Route } from '../../src/kit/route.js';
import { killAt, reach } from '../helpers/interrupt.js';
import { until } from '../helpers/until.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { freePorts } from '../helpers/ports.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({
    base: fleet.base,
    paths: [{ path: '/api/flow/version' }, { path: '/api/flow/status?stadiumId=rabat' }],
    perSecond: 25,
  });
  await fleet.ok('migrate', 'm1', '--yes', '--hold', '500ms');
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

const app = (name: string): string => join(fleet.home('app-1'), 'fanops/services/m1', name);
const record = async (): Promise<ServiceRecord> =>
  JSON.parse(await readFile(app('service.json'), 'utf8')) as ServiceRecord;

/** Arguments that PM2 runs the service with. */
async function args(): Promise<string[]> {
  const { stdout } = await fleet.ok('exec', 'app-1', '--', 'pm2', 'jlist');
  const apps = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as { pm2_env: { args: string[] } }[];
  return apps[0]?.pm2_env.args ?? [];
}

async function edit(from: string | RegExp, to: string): Promise<void> {
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(from);
  await writeFile(file, text.replace(from, to));
}

test('a rollback of a deploy starts the old release with its own arguments, also when keys and instances were added since; undo brings them back', async () => {
  const first = (await record()).release;
  await writeFile(
    join(fleet.dir, 'keys.json'),
    JSON.stringify({ masterKey: 'm', functionKeys: { default: 'f' }, systemKeys: {} }),
    { mode: 0o600 },
  );
  await edit('    placements:', '    keys: file:keys.json\n    placements:');
  await edit(/(host: app-1, port: \d+)/, '$1, instances: 2');
  const second = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
  expect(await args()).toContain('--keys');
  const back = await fleet.json<DeployResult>('deploy', 'rollback', 'm1', '--yes');
  expect(back.release).toBe(first);
  expect(await args()).not.toContain('--keys');
  await fleet.ok('runs', 'undo', back.run, '--yes');
  expect((await record()).release).toBe(second.release);
  expect(await args()).toContain('--keys');
  // A release of the version before has no file of its arguments.
  await rm(app(`releases/${first}/process.json`));
  await fleet.ok('deploy', 'rollback', 'm1', '--yes');
  expect(await args()).not.toContain('--keys');
  await fleet.ok('deploy', 'm1', '--yes');
  expect(failures(load.samples)).toEqual([]);
});

const routePort = async (): Promise<number> => {
  const route = JSON.parse(
    await readFile(join(fleet.home('router-1'), 'fanops/router/routes/m1.json'), 'utf8'),
  ) as Route;
  return Number(new URL(route.placements.find(({ name }) => name === 'vm')!.url).port);
};
/** The port that the file of arguments, the record and the route name, and whether anybody listens on the other one. */
async function ports(other: number): Promise<{ args: string[]; record: number; route: number; other: boolean }> {
  const given = await args();
  return {
    args: given.flatMap((arg, at) => (/^--(port|also-listen)$/.test(given[at - 1] ?? '') ? [arg] : [])),
    record: (await record()).port,
    route: await routePort(),
    other: await fetch(`http://127.0.0.1:${other}/_fanops/health`).then(
      () => true,
      () => false,
    ),
  };
}
const on = (port: number) => ({ args: [String(port)], record: port, route: port, other: false });

test('a changed port: weight, migrate, finish and doctor say so, deploy moves the service and its route, and neither that nor its undo loses a request', async () => {
  const old = fleet.ports.vm;
  const [port = 0] = await freePorts(1);
  await edit(`port: ${old}`, `port: ${port}`);
  for (const command of [
    ['router', 'weight', 'm1', 'vm=100'],
    ['migrate', 'm1', '--to', 'azure', '--dry-run'],
    ['migrate', 'm1', '--to', 'vm', '--dry-run'],
    ['migrate', 'finish', 'm1'],
  ]) {
    const refused = await fleet.cli(...command, ...(command.includes('--dry-run') ? [] : ['--yes']));
    expect(refused, command.join(' ')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('fanops deploy m1') as string,
    });
    expect(refused.stderr).toContain(`port ${port} in the fleet file, ${old} in the route`);
  }
  const { checks } = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
  expect(checks.find(({ id }) => id === 'router/routes')).toMatchObject({ state: 'fail', fix: 'fanops deploy m1' });
  const shown = (await fleet.ok('deploy', 'm1', '--dry-run')).stdout;
  expect(shown).toContain(`${old} -> ${port}`);
  expect(shown).toContain(`vm http://127.0.0.1:${port} 100 %`);

  const moved = await fleet.json<DeployResult>('deploy', 'm1', '--yes');
  expect(await ports(old)).toEqual(on(port));
  expect((await fleet.cli('doctor')).code).toBe(0);
  const back = await fleet.json<DeployResult>('deploy', 'rollback', 'm1', '--yes');
  // The port belongs to the placement: the older release starts where users are sent now.
  expect(await ports(old)).toEqual(on(port));
  await fleet.ok('runs', 'undo', back.run, '--yes');
  await fleet.ok('runs', 'undo', moved.run, '--yes');
  expect(await ports(port)).toEqual(on(old));
  expect(failures(load.samples)).toEqual([]);
  await edit(`port: ${port}`, `port: ${old}`);
});

test('a deploy to a port that another program has is refused before anything changes', async () => {
  await edit(`port: ${fleet.ports.vm}`, `port: ${fleet.ports.standIn}`);
  const refused = await fleet.cli('deploy', 'm1', '--yes');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('another program has it') as string });
  await edit(`port: ${fleet.ports.standIn}`, `port: ${fleet.ports.vm}`);
});

test('a run is not resumed for another port than the fleet file names by now', async () => {
  const [port = 0] = await freePorts(1);
  const { runId } = await killAt(fleet.start('deploy', 'm1', '--yes'), { step: 'release/install', moment: 'start' });
  await edit(`port: ${fleet.ports.vm}`, `port: ${port}`);
  const refused = await fleet.cli('runs', 'resume', runId);
  expect(refused).toMatchObject({
    code: 5,
    stderr: expect.stringContaining(`planned for port ${fleet.ports.vm}`) as string,
  });
  expect(refused.stderr).toContain(`fanops runs undo ${runId}`);
  await edit(`port: ${port}`, `port: ${fleet.ports.vm}`);
  await fleet.ok('runs', 'resume', runId);
  expect(await ports(port)).toEqual(on(fleet.ports.vm));
  expect(failures(load.samples)).toEqual([]);
});

test('a deploy that dies between moving the route to a changed port and judging it: the watchdog brings the route back, and a resume completes', async () => {
  const old = fleet.ports.vm;
  const [port = 0] = await freePorts(1);
  await edit(`port: ${old}`, `port: ${port}`);
  const { runId } = await killAt(fleet.start('deploy', 'm1', '--yes'), { step: 'route', moment: 'end' });
  expect(await routePort()).toBe(port);
  await until('the watchdog to bring the route back', async () => (await routePort()) === old, 30_000);
  await fleet.ok('runs', 'resume', runId);
  expect(await ports(old)).toEqual(on(port));

  const before = (await record()).release;
  await edit(`port: ${port}`, `port: ${old}`);
  const cancelled = fleet.start('deploy', 'm1', '--yes');
  await reach(cancelled, { step: 'route', moment: 'end' });
  cancelled.child.kill('SIGINT');
  expect((await cancelled.ended).code).toBe(130);
  // The route first, and the release before with it.
  expect(await ports(old)).toEqual(on(port));
  expect((await record()).release).toBe(before);
  await edit(`port: ${old}`, `port: ${port}`);
  expect((await fleet.cli('doctor')).code).toBe(0);
  expect(failures(load.samples)).toEqual([]);
});

test('a placement with users, or a service with a route, that was renamed in the fleet file: router apply changes nothing and says what to do', async () => {
  const before = await readFile(join(fleet.home('router-1'), 'fanops/router/routes/m1.json'), 'utf8');
  await edit('      vm: {', '      vm2: {');
  expect(await fleet.cli('router', 'apply', '--yes')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('its placement vm, which the fleet file does not have') as string,
  });
  const { checks } = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
  expect(checks.find(({ id }) => id === 'router/routes')).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('vm: placement missing in the fleet file') as string,
  });
  await edit('      vm2: {', '      vm: {');
  await edit('  m1:\n', '  m2:\n');
  expect(await fleet.cli('router', 'apply', '--yes')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('which is the path of m1') as string,
  });
  expect(await fleet.cli('router', 'apply', '--dry-run')).toMatchObject({ code: 5 });
  await edit('  m2:\n', '  m1:\n');
  expect(await readFile(join(fleet.home('router-1'), 'fanops/router/routes/m1.json'), 'utf8')).toBe(before);
  expect((await fleet.cli('doctor')).code).toBe(0);
});

test('a way back whose address the router does not have yet is not gone, and a migration takes the address over as a step', async () => {
  await edit(`url: "http://127.0.0.1:${fleet.ports.standIn}"`, `url: "http://localhost:${fleet.ports.standIn}"`);
  const refused = await fleet.cli('migrate', 'rollback', 'm1', '--yes');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('fanops router apply') as string });
  expect((await fleet.ok('migrate', 'm1', '--to', 'azure', '--dry-run')).stdout).toContain(
    `azure http://localhost:${fleet.ports.standIn} 0 %`,
  );
  await edit('path: /api/flow ', 'path: /api ');
  expect(await fleet.cli('migrate', 'm1', '--to', 'azure', '--dry-run')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('path /api in the fleet file') as string,
  });
  await edit('path: /api ', 'path: /api/flow ');
  await fleet.ok('router', 'apply', '--yes');
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect(failures(load.samples)).toEqual([]);
});

test('finish keeps the way back while the new side does not answer', async () => {
  await fleet.ok('migrate', 'm1', '--to', 'vm', '--yes', '--steps', '100');
  await load.stop();
  await fleet.ok('exec', 'app-1', '--', 'pm2', 'delete', 'm1');
  const refused = await fleet.cli('migrate', 'finish', 'm1', '--yes');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('ECONNREFUSED') as string });
  expect(refused.stderr).toContain('fanops migrate rollback m1');
  expect((await fleet.cli('status')).stdout).not.toContain('migrate finish');
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
});
