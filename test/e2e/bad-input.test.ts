import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import { lastRun, standing, useApp } from '../helpers/app.js';
import type { CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

let fleet: TestFleet;
let text: string;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  text = await readFile(join(fleet.dir, 'fanops.yaml'), 'utf8');
});
afterAll(() => fleet?.stop());
beforeEach(() => {
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 10 });
});
afterEach(async () => {
  expect(failures(await load.stop())).toEqual([]);
  await writeFile(join(fleet.dir, 'fanops.yaml'), text);
  await useApp(fleet);
});

async function editFile(from: string, to: string): Promise<void> {
  expect(text).toContain(from);
  await writeFile(join(fleet.dir, 'fanops.yaml'), text.replace(from, to));
}

const lineOf = (what: string): number => text.slice(0, text.indexOf(what)).split('\n').length;

/** Runs a command that must be refused before anything changes. */
async function refused(code: number, ...args: string[]): Promise<CliResult> {
  const [before, run] = [await standing(fleet), await lastRunId()];
  const result = await fleet.cli(...args);
  expect([result.code, result.stdout], result.stderr).toEqual([code, '']);
  await writeFile(join(fleet.dir, 'fanops.yaml'), text);
  expect(await standing(fleet)).toEqual(before);
  expect(await lastRunId()).toBe(run);
  return result;
}

async function lastRunId(): Promise<string | undefined> {
  const now = await readFile(join(fleet.dir, 'fanops.yaml'), 'utf8');
  await writeFile(join(fleet.dir, 'fanops.yaml'), text);
  const run = await lastRun(fleet);
  await writeFile(join(fleet.dir, 'fanops.yaml'), now);
  return run?.id;
}

/** Runs a migration that starts and must fail, then takes away what it made. */
async function fails(code: number): Promise<CliResult & { run: string }> {
  const before = await standing(fleet);
  const result = await fleet.cli('migrate', 'm1', '--yes', '--hold', '500ms');
  expect(result.code, result.stderr).toBe(code);
  const run = (await lastRun(fleet))?.id ?? '';
  expect(result.stderr).toContain(`fanops runs resume ${run}`);
  expect(result.stderr).toContain(`fanops runs undo ${run}`);
  expect((await standing(fleet)).route).toBe(before.route);
  await fleet.ok('runs', 'undo', run, '--yes');
  expect((await standing(fleet)).files.filter((file) => file.includes('/releases/'))).toEqual([]);
  return { ...result, run };
}

test.each([
  [
    'an unknown key',
    'minRequests: 3',
    'minRequest: 3',
    'gate: {',
    'services.m1.gate.minRequest: unknown key "minRequest". Did you mean "minRequests"?',
  ],
  [
    'a value of the wrong kind',
    'platform: pm2, host: app-1, port: ',
    'platform: pm2, host: app-1, port: x',
    'vm: {',
    'services.m1.placements.vm.port: ',
  ],
  [
    'a host that does not exist',
    'router: { host: router-1',
    'router: { host: router-2',
    'router: {',
    'router.host: there is no host "router-2". Did you mean "router-1"?',
  ],
  [
    'a secret in plain sight',
    'AzureWebJobsStorage: file:storage-connection',
    'AzureWebJobsStorage: "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0c2VjcmV0;"',
    'AzureWebJobsStorage',
    'services.m1.settings.AzureWebJobsStorage: ',
  ],
])('%s in the fleet file is told with its path, line and the way out', async (_what, from, to, line, said) => {
  await editFile(from, to);
  const { stderr } = await refused(2, 'migrate', 'm1', '--yes');
  expect(stderr).toContain(`fanops.yaml:${lineOf(line)}:`);
  expect(stderr).toContain(said);
});

test('YAML that cannot be parsed is told with its line', async () => {
  await editFile('hosts:\n', 'hosts: [\n');
  expect((await refused(2, 'status')).stderr).toMatch(/fanops\.yaml:\d+:\d+ is no valid YAML/);
});

test.each([
  [['migrate', 'm2', '--yes'], 'There is no service "m2"', 'There is: m1.'],
  [
    ['migrate', 'm1', '--to', 'vn', '--yes'],
    'There is no placement of m1 "vn"',
    'Did you mean "vm"? There is: azure, vm.',
  ],
  [['exec', 'app-2', '--', 'true'], 'There is no host "app-2"', 'There is: app-1, router-1.'],
  [['runs', 'resume', 'nonsense'], 'There is no run nonsense in this clone.', 'fanops runs list'],
  [['migrate', 'm1', '--steps', '50,10,100', '--yes'], '--steps: "50,10,100" is no list of shares.', '10,50,100'],
  [['migrate', 'm1', '--steps', '10,50', '--yes'], '--steps: "10,50" is no list of shares.', 'end with 100'],
  [['migrate', 'm1', '--steps', 'half', '--yes'], '--steps: "half" is no list of shares.', '10,50,100'],
  [['migrate', 'm1', '--hold', 'soon', '--yes'], '--hold', '5s'],
  [['migrate', 'm1'], 'nobody is here to confirm it', '--yes'],
  [['router', 'apply'], 'nobody is here to confirm it', '--yes'],
  [['host', 'destroy', 'app-1'], 'nobody is here to confirm it', '--yes'],
  [['migrate', '--yes'], 'Missing: SERVICE.', '--help'],
  [['exec'], 'Missing: HOST, -- COMMAND.', 'fanops exec app-1 -- uptime'],
  [['router', 'weight', 'm1', 'azure=90', '--yes'], 'The weights add up to 90', 'Name every placement'],
  [['migrate', 'm1', '--nonsense', '--yes'], '--nonsense', '--help'],
])('fanops %j is refused with the way out, and nothing is touched', async (args, said, wayOut) => {
  const { stderr } = await refused(2, ...args);
  expect(stderr).toContain(said);
  expect(stderr).toContain(wayOut);
});

test.each([
  ['no-functions', 'no function'],
  ['throws-at-load', 'src/functions/broken.js: '],
  ['needs-service-bus', 'src/functions/orders.js:3'],
  ['needs-durable', 'src/functions/tour.js:3'],
])('the app %s is refused by the analysis', async (fixture, said) => {
  await useApp(fleet, fixture);
  const { stderr } = await refused(5, 'migrate', 'm1', '--yes');
  expect(stderr).toContain('m1 cannot move as it is; nothing was changed.');
  expect(stderr).toContain(said);
});

test('a setting that is missing is told by the analysis, with the functions that need it', async () => {
  await editFile('      STALE_SCHEDULE: "0 0 0 1 1 *"\n', '');
  const { stderr } = await refused(5, 'migrate', 'm1', '--yes');
  expect(stderr).toContain('the setting STALE_SCHEDULE is missing (used by flagStaleGates)');
});

test('a source folder that is no app is refused', async () => {
  await editFile('source: ./m1', 'source: ./azurite');
  const { stderr } = await refused(2, 'migrate', 'm1', '--yes');
  expect(stderr).toContain('is no app: it has no package.json');
});

test('a reference to a file that is not there fails with its place in the fleet file, and the dry run says so', async () => {
  await editFile('file:storage-connection', 'file:no-such-file');
  const dry = await fleet.cli('migrate', 'm1', '--dry-run');
  expect(dry.stdout).toContain('settings.AzureWebJobsStorage has no value yet, and the run would fail here');
  const result = await fleet.cli('migrate', 'm1', '--yes');
  expect(result.code, result.stderr).toBe(2);
  expect(result.stderr).toContain('services.m1.settings.AzureWebJobsStorage');
  expect(result.stderr).toContain('no-such-file');
  await writeFile(join(fleet.dir, 'fanops.yaml'), text);
  await fleet.ok('runs', 'undo', (await lastRun(fleet))?.id ?? '', '--yes');
});

test('a port that another program has is told, and the resume goes on once it is free', async () => {
  const taken: Server = createServer();
  await new Promise<void>((resolve) => {
    taken.listen(fleet.ports.vm, '127.0.0.1', resolve);
  });
  const result = await fleet.cli('migrate', 'm1', '--yes', '--hold', '500ms');
  await new Promise((resolve) => {
    taken.close(resolve);
  });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(`Port ${fleet.ports.vm} on app-1 is taken by another program.`);
  const run = (await lastRun(fleet))?.id ?? '';
  await fleet.ok('runs', 'resume', run);
  expect(JSON.parse((await standing(fleet)).route)).toMatchObject({ placement: 'vm' });
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  await fleet.ok('runs', 'undo', run, '--yes');
});

test('a lockfile that does not fit fails with the last lines of npm', async () => {
  const path = join(fleet.dir, 'm1/package.json');
  await writeFile(
    path,
    (await readFile(path, 'utf8')).replace('"@azure/functions": "^4.5.0"', '"@azure/functions": "^3.0.0"'),
  );
  const { stderr } = await fails(1);
  expect(stderr).toContain('npm ci failed on app-1');
  expect(stderr).toContain('package.json and package-lock.json');
});

test('an app that ends at its start fails before it is run under PM2, with its last lines', async () => {
  await useApp(fleet, 'crashes-on-start');
  const { stderr } = await fails(1);
  expect(stderr).toMatch(/does not come up on app-1: it exited with 7\./);
  expect(stderr).toContain('the plan of the stadium cannot be opened with nothing');
});
