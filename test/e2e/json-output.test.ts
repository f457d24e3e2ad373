import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import { CATALOG, type CatalogName, type ResultOf } from '../../src/operations/catalog.js';
import { cli } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { askedOf, checkJsonOutput, checkProgress, seenEvents, seenResults } from '../helpers/json-output.js';

/*
 * Every command once with `--json`. The helper that runs the built CLI holds each output against the schema in the
 * catalog, here and in all other tests.
 */
let fleet: TestFleet;
let load: ReturnType<typeof startLoad>;
beforeAll(async () => {
  fleet = await startFleet();
  load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 10 });
});
afterAll(async () => {
  await load?.stop();
  await fleet?.stop();
});

/** Those whose results need more than a fleet on this machine, and the test that has them. */
const ELSEWHERE: Partial<Record<CatalogName, string>> = {
  'host bootstrap': 'test/e2e/bootstrap.test.ts',
  'prices list': 'test/contracts/prices-clouds-cli.test.ts',
  'prices refresh': 'test/contracts/prices-clouds-cli.test.ts',
};

test('a command line is known by its words and by the flags that make another use case of it', () => {
  expect(askedOf(['migrate', 'm1', '--json'])?.name).toBe('migrate');
  expect(askedOf(['migrate', 'status', 'm1', '--json'])?.name).toBe('migrate status');
  expect(askedOf(['status', '-w', '--json'])?.name).toBe('status --watch');
  expect(askedOf(['inventory', '--write=a.sh', '--json'])?.name).toBe('inventory --write');
  expect(askedOf(['exec', 'app-1', '--', 'kubectl', '--json'])).toBeUndefined();
});

test('an output with a field that no schema names, without one, or cut short fails the test that ran the command', async () => {
  const result = (stdout: string) => ({ code: 0, signal: null, stdout, stderr: '' });
  await checkJsonOutput(['runs', 'list', '--json'], result('{"runs":[]}'));
  for (const text of ['{"runs":[],"more":1}', '{}', '{"runs":['])
    await expect(checkJsonOutput(['runs', 'list', '--json'], result(text))).rejects.toThrow('fanops runs list --json');
  const line = '{"raw":"a","level":"error","message":"a"}\n';
  await checkJsonOutput(['logs', 'm1', '-f', '--json'], result(line + line));
  await expect(checkJsonOutput(['logs', 'm1', '-f', '--json'], result(`{"raw":"a"}\n`))).rejects.toThrow('level');
});

test('a line of progress with a field that no schema names, or without one, fails the test that ran the command', () => {
  const started = { type: 'step.started', id: 'a', title: 'Check the host' };
  checkProgress([], [started]);
  for (const wrong of [{ ...started, input: {} }, { type: 'step.started', id: 'a' }, { type: 'step.begun' }])
    expect(() => checkProgress([], [wrong])).toThrow('progress');
});

test('what looks prints what the catalog says', async () => {
  for (const line of [
    'config show',
    'docs',
    'docs exit-codes',
    'doctor',
    'doctor --fix --yes',
    'host list',
    'inventory',
    'inventory --host app-1',
    'inventory --write inventory.sh',
    'lock show',
    'migrate status m1',
    'router show',
    'runs list',
    'ssh-config',
    'status',
    'trust --dry-run',
  ])
    await fleet.json(...line.split(' '));
  await fleet.ok('exec', 'app-1', '--json', '--', 'true');
});

test('a migration, its dry run, its record and the log after it', async () => {
  await fleet.json('migrate', 'm1', '--dry-run');
  const { run } = await fleet.json<ResultOf<'migrate'>>('migrate', 'm1', '--steps', '100', '--yes');
  const { steps } = await fleet.json<Extract<ResultOf<'runs show'>, { steps: unknown }>>('runs', 'show', run);
  await fleet.json('runs', 'show', run, '--step', steps[0]!.id);
  await fleet.json('logs', 'm1');
});

test('what goes on prints one event a line', async () => {
  for (const words of [
    ['status', '--watch', '--interval', '200ms', '--json'],
    ['logs', 'm1', '--follow', '--json'],
  ]) {
    const { child, ended } = fleet.start(...words);
    const said = await new Promise<string>((resolve) => child.stdout?.once('data', (text) => resolve(String(text))));
    expect(said).toContain('{');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0 });
  }
});

test('a run that is resumed prints what its operation prints, a lock that is broken what it was', async () => {
  const run = fleet.start('deploy', 'm1', '--yes');
  await run.event((event) => event.type === 'step.started' && event.id === 'release/install');
  run.child.kill('SIGKILL');
  await run.ended;
  expect([...seenEvents]).toEqual(expect.arrayContaining(['run.started', 'step.started', 'step.done']));
  const { broken } = await fleet.json<ResultOf<'lock break'>>('lock', 'break', 'm1', '--yes');
  expect(broken).toHaveLength(1);
  const { runs } = await fleet.json<ResultOf<'runs list'>>('runs', 'list');
  expect(runs[0]).toMatchObject({ operation: 'deploy', status: 'interrupted' });
  expect(await fleet.json('runs', 'resume', runs[0]!.id)).toMatchObject({ service: 'm1', placement: 'vm' });
  await fleet.json('deploy', 'm1', '--yes');
});

test('an earlier release', async () => {
  await fleet.json('deploy', 'rollback', 'm1', '--yes');
});

test('weights by hand, their undo, and the router as the file has it', async () => {
  const { run } = await fleet.json<ResultOf<'router weight'>>('router', 'weight', 'm1', 'azure=20', 'vm=80', '--yes');
  await fleet.json('runs', 'undo', run, '--yes');
  await fleet.json('router', 'apply', '--yes');
});

test('the end of a migration, after one that went back', async () => {
  await fleet.json('migrate', 'rollback', 'm1', '--yes');
  await fleet.json('migrate', 'm1', '--steps', '100', '--yes');
  await fleet.json('migrate', 'finish', 'm1', '--yes');
});

test('hosts that are stopped, started and restarted, and a sweep', async () => {
  for (const verb of ['stop', 'start', 'restart'])
    await fleet.json('host', verb, 'app-1', '--yes', ...(verb === 'start' ? [] : ['--force']));
  await fleet.json('host', 'sweep', '--run', '20261120-101500-abcde', '--yes');
});

test('what is removed, and a new fleet file', async () => {
  await fleet.json('host', 'destroy', '--all', '--yes', '--force');
  await fleet.json('host', 'provision', 'app-1', '--yes');
  const dir = await mkdtemp(join(tmpdir(), 'fo-init-'));
  const { code, stdout } = await cli(['init', '--provider', 'local', '--yes', '--json'], { cwd: dir });
  await rm(dir, { recursive: true, force: true });
  expect(code, stdout).toBe(0);
});

test('no command is left whose output is not held against its schema', () => {
  const names = Object.keys(CATALOG) as CatalogName[];
  expect(names.filter((name) => !seenResults.has(name) && ELSEWHERE[name] === undefined)).toEqual([]);
});
