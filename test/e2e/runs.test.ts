import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { ExecResult } from '../../src/operations/host/exec.js';
import type { HostList } from '../../src/operations/host/list.js';
import type { MigrateResult } from '../../src/operations/migrate/migrate.js';
import type { MigrateStatus } from '../../src/operations/migrate/status.js';
import type { RouterShow } from '../../src/operations/router/show.js';
import type { LogsResult } from '../../src/operations/service/logs.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { lastRun, standing, useApp, weights } from '../helpers/app.js';
import { awkwardStrings } from '../helpers/awkward.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { until } from '../helpers/until.js';

let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
let first: MigrateResult;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

const releases = async (): Promise<string[]> =>
  (await standing(fleet)).files.filter((file) => /releases\/[^/]+$/.test(file));
const apps = async (): Promise<unknown> =>
  JSON.parse(
    (await fleet.ok('exec', 'app-1', '--', 'pm2', 'jlist')).stdout
      .split('\n')
      .findLast((line) => line.startsWith('[')) ?? '',
  );

test('a second run of a finished plan changes nothing, and a dry run says so', async () => {
  for (const command of [
    ['router', 'apply'],
    ['host', 'provision', '--all'],
  ]) {
    const before = await standing(fleet);
    expect((await fleet.cli(...command, '--dry-run', '--exit-code')).code).toBe(0);
    const again = await fleet.json<{ changed?: string[]; hosts?: { changed: boolean }[] }>(...command, '--yes');
    expect(again.changed ?? again.hosts?.filter((host) => host.changed)).toEqual([]);
    expect(await standing(fleet)).toEqual(before);
  }
  const dry = await fleet.cli('migrate', 'm1', '--dry-run', '--exit-code');
  expect(dry.code, dry.stderr).toBe(3);
  expect(dry.stdout).toContain('azure 100, vm 0 -> azure 90, vm 10');
  expect(await releases()).toEqual([]);
});

test('a finished migration shows the same as text and as JSON, and cannot be resumed', async () => {
  first = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '500ms');
  const resumed = await fleet.cli('runs', 'resume', first.run);
  expect(resumed.code).toBe(5);
  expect(resumed.stderr).toContain(`Run ${first.run} has succeeded: there is nothing to resume.`);

  const again = await fleet.json<MigrateResult>('migrate', 'm1', '--to', 'vm', '--yes');
  expect(again).toMatchObject({ changed: false, to: 'vm' });

  expect((await fleet.json<StatusResult>('status')).services).toMatchObject([
    { name: 'm1', placement: 'vm', previous: 'azure', release: first.release },
  ]);
  expect(await fleet.json<MigrateStatus>('migrate', 'status', 'm1')).toMatchObject({
    state: 'open',
    placement: 'vm',
    previous: 'azure',
  });
  expect(await fleet.json<RouterShow>('router', 'show')).toMatchObject({
    running: true,
    missing: [],
    routes: [{ service: 'm1', placement: 'vm' }],
  });
  expect((await fleet.json<HostList>('host', 'list')).hosts.map(({ name, state }) => [name, state])).toEqual([
    ['app-1', 'running'],
    ['router-1', 'running'],
  ]);
  const logs = await fleet.json<LogsResult>('logs', 'm1', '-n', '5');
  expect(logs).toMatchObject({ service: 'm1', host: 'app-1' });
  expect(logs.lines.length).toBeGreaterThan(0);
  for (const [args, said] of [
    [['status'], [/m1/, /vm/, /running|online/]],
    [
      ['migrate', 'status', 'm1'],
      [/vm/, /azure/, /100 ?%/],
    ],
    [
      ['router', 'show'],
      [/m1/, /vm/, /\/api\/flow/],
    ],
    [
      ['host', 'list'],
      [/app-1/, /router-1/, /running/],
    ],
    [['logs', 'm1', '-n', '5'], [/./]],
    [
      ['runs', 'show', first.run],
      [/cutover|Send 10 % to vm/, /succeeded/],
    ],
  ] as [string[], RegExp[]][]) {
    const { stdout, stderr } = await fleet.ok(...args);
    for (const each of said) expect(stdout, `fanops ${args.join(' ')}`).toMatch(each);
    expect(stdout + stderr).not.toContain('\u001b');
  }
});

test('logs shows time, level, function and message over rotated files; --level, --grep, --since and --raw; -f goes on through a rotation', async () => {
  const folder = join(fleet.home('app-1'), 'fanops/services/m1/logs');
  const entry = (time: string, level: string, message: string): string =>
    `${JSON.stringify({ time, level, category: 'Function.flow.User', function: 'flow', message })}\n`;
  // Beside what the service wrote meanwhile: an older log, control characters, lines that are no JSON.
  await writeFile(
    join(folder, 'error.log.1'),
    entry('2020-01-01T00:00:01.000Z', 'warning', 'old planted one') +
      entry('2020-01-01T00:00:02.000Z', 'information', 'old planted two'),
  );
  const now = new Date().toISOString();
  await appendFile(
    join(folder, 'error.log'),
    `${entry(now, 'error', 'planted \u001b[2J\u202ethree\nsecond line')}planted \u001b]0;title\u0007 no JSON\n`,
  );
  const all = (await fleet.ok('logs', 'm1', '--grep', 'planted')).stdout;
  expect(all).toBe(
    [
      '2020-01-01T00:00:01.000Z  warn   flow  old planted one',
      '2020-01-01T00:00:02.000Z  info   flow  old planted two',
      String.raw`${now}  error  flow  planted \x1b[2J\u202ethree`,
      '    second line',
      String.raw`planted \x1b]0;title\x07 no JSON`,
      '',
    ].join('\n'),
  );
  expect(
    (await fleet.ok('logs', 'm1', '--grep', 'planted', '--level', 'warning', '-n', '2')).stdout.split('\n'),
  ).toHaveLength(4);
  expect((await fleet.ok('logs', 'm1', '--grep', 'planted', '--since', '1h')).stdout).not.toContain('old planted');
  expect((await fleet.ok('logs', 'm1', '--grep', 'old planted one', '--raw')).stdout).toBe(
    entry('2020-01-01T00:00:01.000Z', 'warning', 'old planted one'),
  );
  expect((await fleet.json<LogsResult>('logs', 'm1', '--grep', 'planted nothing')).lines).toEqual([]);
  expect((await fleet.cli('logs', 'm1', '--grep', '(')).stderr).toContain('"(" is not a regular expression');
  expect((await fleet.cli('logs', 'm1', '--since', 'yesterday')).code).toBe(2);

  const following = fleet.start('logs', 'm1', '-f', '--grep', 'planted');
  let text = '';
  following.child.stdout?.on('data', (chunk: string) => (text += chunk));
  await until('a line as it comes', async () => {
    await appendFile(join(folder, 'error.log'), entry(now, 'information', 'planted live'));
    return text.includes('planted live');
  });
  await rename(join(folder, 'error.log'), join(folder, 'error.log.1'));
  await writeFile(join(folder, 'error.log'), entry(now, 'information', 'planted four'));
  await until('a line of the new log', () => text.includes(`${now}  info   flow  planted four\n`));
  following.child.kill('SIGINT');
  expect((await following.ended).code).toBe(0);
});

test('words after -- reach the host unchanged, and the exit code comes back', async () => {
  const words = [...awkwardStrings(80).filter((word) => !word.includes('\0')), '--json', '--yes', '--file', '-y'];
  const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const { stdout } = await fleet.ok('exec', 'app-1', '--', 'node', '-e', program, '--', ...words);
  expect(JSON.parse(stdout)).toEqual(words);
  const failed = await fleet.cli('exec', 'app-1', '--json', '--', 'sh', '-c', 'echo out; echo err >&2; exit 37');
  expect(failed.code).toBe(37);
  expect(JSON.parse(failed.stdout) as ExecResult).toMatchObject({
    host: 'app-1',
    code: 37,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('undo of a finished migration takes the traffic back first, then all that it made', async () => {
  const undone = await fleet.json<{ undone: string[] }>('runs', 'undo', first.run, '--yes');
  expect(undone.undone[0]).toBe('Send all traffic back to azure');
  expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
  expect(await releases()).toEqual([]);
  expect(await apps()).toEqual([]);
  expect((await fleet.json<StatusResult>('status')).services).toMatchObject([{ name: 'm1', placement: 'azure' }]);
  const again = await fleet.cli('runs', 'undo', first.run, '--yes');
  expect(again.code).toBe(5);
  expect((await fleet.cli('runs', 'resume', first.run)).code).toBe(5);
});

test('undo of a failed migration leaves nothing, and one that another run built on is refused until that is undone', async () => {
  await useApp(fleet, 'fails-later');
  const failed = await fleet.cli('migrate', 'm1', '--yes', '--hold', '500ms');
  expect(failed.code, failed.stdout + failed.stderr).toBe(6);
  const run = (await lastRun(fleet))?.id ?? '';
  await useApp(fleet);
  const moved = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--hold', '500ms');
  await fleet.ok('runs', 'undo', run, '--yes');
  expect((await releases()).map((file) => file.split('/').at(-1))).toEqual([moved.release]);
  expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });

  const deployed = await fleet.json<{ run: string; release: string }>('deploy', 'm1', '--yes');
  const refused = await fleet.cli('runs', 'undo', moved.run, '--yes');
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain(`fanops runs undo ${deployed.run}`);
  await fleet.ok('runs', 'undo', deployed.run, '--yes');
  expect((await fleet.json<StatusResult>('status')).services[0]?.release).toBe(moved.release);
  // A rollback and a migration after it: undone newest first, each leaves what was there before it.
  const back = await fleet.json<{ run: string }>('migrate', 'rollback', 'm1', '--yes');
  const later = await fleet.json<MigrateResult>('migrate', 'm1', '--yes', '--steps', '100', '--hold', '500ms');
  expect(await fleet.cli('runs', 'undo', back.run, '--yes')).toMatchObject({ code: 5 });
  await fleet.ok('runs', 'undo', later.run, '--yes');
  await fleet.ok('runs', 'undo', back.run, '--yes');
  expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
  await fleet.ok('runs', 'undo', moved.run, '--yes');
  expect(await releases()).toEqual([]);
  expect(await apps()).toEqual([]);
});

test('no user met an error in all of this', async () => {
  const samples = await load.stop();
  console.log(`${samples.length} requests while runs were made and undone`);
  expect(failures(samples)).toEqual([]);
  expect(await readFile(join(fleet.home('router-1'), 'fanops/audit.log'), 'utf8')).toContain(first.run);
});
