import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
let moved: MigrateResult | undefined;
beforeAll(async () => {
  fleet = await startFleet({ up: false });
  await fleet.ok('host', 'provision', '--all', '--yes');
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

interface Listed {
  name: string;
  pid: number;
  pm_id: number;
  pm2_env: { pm_exec_path: string; restart_time: number; status: string };
}

const pm2 = (host: string, ...args: string[]) => fleet.ok('exec', host, '--', 'pm2', ...args);
const list = async (host: string): Promise<Listed[]> => {
  const { stdout } = await pm2(host, 'jlist');
  return JSON.parse(stdout.slice(stdout.search(/^\[/m))) as Listed[];
};
/** What cannot be the same for a process that was restarted, reloaded or started anew. */
const lives = async (host: string, name: string) =>
  (await list(host))
    .filter((each) => each.name === name)
    .map(({ pid, pm_id, pm2_env: e }) => ({
      pid,
      pm_id,
      restarts: e.restart_time,
      status: e.status,
      script: e.pm_exec_path,
    }));
const saved = async (host: string): Promise<string[]> =>
  (
    JSON.parse(await readFile(join(fleet.home(host), '.pm2/dump.pm2'), 'utf8')) as {
      name: string;
      pm_exec_path: string;
    }[]
  ).map(({ name, pm_exec_path }) => `${name} ${pm_exec_path}`);
const mine = (host: string): string => join(fleet.home(host), 'mine/app.js');
const services = (): Promise<string[]> => readdir(join(fleet.home('app-1'), 'fanops/services')).catch(() => []);

async function startMine(host: string, name: string, save = true): Promise<void> {
  await mkdir(join(fleet.home(host), 'mine'), { recursive: true });
  await writeFile(mine(host), 'setInterval(() => undefined, 1000);\n');
  await pm2(host, 'start', mine(host), '--name', name, '-f');
  if (save) await pm2(host, 'save', '--force');
}

const runs = async (): Promise<string[]> =>
  (await fleet.json<{ runs: { id: string }[] }>('runs', 'list')).runs.map(({ id }) => id);

/** Exit 5 before anything is changed, also when only looked at. */
async function refused(host: string, says: RegExp, ...command: string[]): Promise<void> {
  const before = await runs();
  for (const how of ['--dry-run', '--yes']) {
    const { code, stderr } = await fleet.cli(...command, how);
    expect(code, stderr).toBe(5);
    expect(stderr).toMatch(says);
  }
  expect(await runs(), 'runs').toEqual(before);
  expect(await readFile(join(fleet.home(host), 'fanops/audit.log'), 'utf8').catch(() => '')).not.toContain(
    command[0] === 'router' ? 'Apply the router' : 'Migrate m1',
  );
}

test('router apply refuses a fanops-router and a folder that others made, and leaves both alone', async () => {
  await startMine('router-1', 'fanops-router');
  const before = await lives('router-1', 'fanops-router');
  await refused(
    'router-1',
    /PM2 on router-1 has a process named fanops-router that fanops did not start/,
    'router',
    'apply',
  );
  expect(await lives('router-1', 'fanops-router')).toEqual(before);
  await pm2('router-1', 'delete', 'fanops-router');
  await refused('router-1', /fanops-router/, 'router', 'apply'); // a reboot would bring it back
  await pm2('router-1', 'save', '--force');

  const dir = join(fleet.home('router-1'), 'fanops/router');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'notes.txt'), 'mine');
  await refused('router-1', /fanops\/router holds notes\.txt, which fanops did not put there/, 'router', 'apply');
  await rm(dir, { recursive: true });
  await fleet.ok('router', 'apply', '--yes');
});

test('undoing the first router apply leaves a file that others put beside it', async () => {
  const [first = ''] = await runs();
  const note = join(fleet.home('router-1'), 'fanops/router/notes.txt');
  await writeFile(note, 'mine');
  await fleet.ok('runs', 'undo', first, '--yes');
  expect(await readdir(join(fleet.home('router-1'), 'fanops/router'))).toEqual(['notes.txt']);
  await rm(note);
  await fleet.ok('router', 'apply', '--yes');
});

test.each(['m1', 'm1--trial'])(
  'migrate refuses a PM2 process of others named %s before anything is changed, and doctor tells of it before',
  async (name) => {
    await startMine('app-1', name);
    const before = await lives('app-1', name);
    expect(before).toMatchObject([{ restarts: 0, status: 'online' }]);
    await refused(
      'app-1',
      new RegExp(`PM2 on app-1 has a process named ${name} that fanops did not start \\(mine/app\\.js\\)`),
      'migrate',
      'm1',
    );
    const { checks } = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
    expect(checks.find(({ id }) => id === 'host/app-1/standing')).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining(`a process named ${name} that fanops did not start`) as string,
    });
    expect(await lives('app-1', name)).toEqual(before);
    expect(await services()).toEqual([]);
    await pm2('app-1', 'delete', name);
    await pm2('app-1', 'save', '--force');
  },
);

test('migrate refuses a folder of the service that others made, a current that is no link of ours, and a record that is none', async () => {
  const dir = join(fleet.home('app-1'), 'fanops/services/m1');
  const cases: [says: RegExp, make: () => Promise<unknown>][] = [
    [/holds server\.js, which fanops did not put there/, () => writeFile(join(dir, 'server.js'), '')],
    [/current is a folder, not a link/, () => mkdir(join(dir, 'current'))],
    [/current is not what fanops writes there/, () => symlink('/opt/site', join(dir, 'current'))],
    [/service\.json is not what fanops writes there/, () => writeFile(join(dir, 'service.json'), '{"name":"mine"}')],
  ];
  for (const [says, make] of cases) {
    await mkdir(dir, { recursive: true });
    await make();
    const before = await readdir(dir);
    await refused('app-1', says, 'migrate', 'm1');
    expect(await readdir(dir)).toEqual(before);
    await rm(dir, { recursive: true });
  }
});

test('what others saved under PM2 stays saved, also when PM2 had died and knows nothing of it', async () => {
  await startMine('app-1', 'shop');
  await pm2('app-1', 'kill');
  moved = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '300ms');
  expect(await saved('app-1')).toEqual([
    `shop ${mine('app-1')}`,
    expect.stringMatching(/^m1 .*fanops\/services\/m1\//),
  ]);
  await pm2('app-1', 'kill');
});

test('doctor --fix and host provision leave a process alone that took the name of a service, and say so', async () => {
  await startMine('app-1', 'm1', false);
  const before = await lives('app-1', 'm1');
  const { stdout } = await fleet.cli('doctor', '--fix', '--yes', '--json');
  const { checks } = JSON.parse(stdout) as DoctorResult;
  expect(checks.find(({ id }) => id === 'host/app-1/standing')).toMatchObject({
    state: 'fail',
    detail: expect.stringContaining('a process named m1 that fanops did not start (mine/app.js)') as string,
  });
  expect((await fleet.cli('host', 'provision', 'app-1', '--yes')).code).toBe(5);
  expect(await lives('app-1', 'm1')).toEqual(before);
  await pm2('app-1', 'delete', 'm1');
  await fleet.ok('host', 'provision', 'app-1', '--yes');
  expect(await saved('app-1')).toEqual([
    `shop ${mine('app-1')}`,
    expect.stringMatching(/^m1 .*fanops\/services\/m1\//),
  ]);
});

test('undo ends the processes of fanops by their ids: one of others with the same name, and what is saved of them, stay', async () => {
  await pm2('app-1', 'resurrect');
  await startMine('app-1', 'm1');
  const shop = await lives('app-1', 'shop');
  const other = (await lives('app-1', 'm1')).filter(({ script }) => script === mine('app-1'));
  expect([shop.length, other.length]).toEqual([1, 1]);
  const deployed = await fleet.cli('deploy', 'm1', '--yes');
  expect(deployed.code, deployed.stderr).toBe(5);
  expect(await lives('app-1', 'm1')).toHaveLength(2);

  await fleet.ok('runs', 'undo', moved?.run ?? '', '--yes');
  expect(await lives('app-1', 'm1')).toEqual(other);
  expect(await lives('app-1', 'shop')).toEqual(shop);
  expect((await saved('app-1')).sort()).toEqual([`m1 ${mine('app-1')}`, `shop ${mine('app-1')}`]);
});
