import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import type { DoctorResult } from '../../src/operations/doctor/doctor.js';
import type { RunDetails, RunRow, StepDetails } from '../../src/operations/run/list.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { createLocalProvider } from '../../src/providers/local/index.js';
import { startCli } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { inTerminal, KEYS, ptyMissing } from '../helpers/pty.js';
import { until } from '../helpers/until.js';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet?.stop());

const provider = () => createLocalProvider({ root: join(fleet.dir, 'h'), portRange: [43000, 43999] }).instances!;
const stopHost = (name: string): Promise<void> => provider().power('test', name, 'stop');
const mode = async (path: string): Promise<number> => (await stat(join(fleet.dir, path))).mode & 0o777;
const stateOf = (result: DoctorResult, id: string): string | undefined =>
  result.checks.find((check) => check.id === id)?.state;
const runs = async (): Promise<RunRow[]> => (await fleet.json<{ runs: RunRow[] }>('runs', 'list')).runs;

describe('doctor --fix', () => {
  test('has nothing to do where nothing is wrong, and asks for no --yes then', async () => {
    const before = await runs();
    const result = await fleet.json<DoctorResult>('doctor', '--fix');
    expect(result).toMatchObject({ mended: [], sum: { fail: 0, warn: 0 } });
    expect(await runs()).toEqual(before);
  });

  test('starts a local host that is stopped with the router that was on it, and corrects modes', async () => {
    await stopHost('router-1');
    await chmod(join(fleet.dir, '.fanops/known_hosts'), 0o666);
    const looked = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
    expect(looked.checks.flatMap((check) => check.mend ?? [])).toEqual([
      expect.objectContaining({ kind: 'state' }),
      { kind: 'host', title: 'Start host router-1', host: 'router-1' },
    ]);

    const refused = await fleet.cli('doctor', '--fix');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Start host router-1');
    expect(refused.stderr).toContain('--yes');
    expect(await mode('.fanops/known_hosts')).toBe(0o666);
    expect((await provider().find('test', 'router-1'))?.state).toBe('stopped');

    const fixed = await fleet.json<DoctorResult>('doctor', '--fix', '--yes');
    expect(fixed.mended).toEqual([
      { title: expect.stringContaining('Correct the modes') as string },
      { title: 'Start host router-1', run: expect.any(String) as string },
    ]);
    expect(fixed.sum.fail).toBe(0);
    expect(await mode('.fanops/known_hosts')).toBe(0o664);
    expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
    expect((await runs())[0]?.operation).toBe('host-provision');
  });

  test('leaves alone what is not its own: a host that is not there, a lock, a route that differs', async () => {
    await provider().destroy('test', 'app-1');
    const before = await runs();
    const result = await fleet.cli('doctor', '--fix', '--yes', '--json');
    expect(result.code).toBe(1);
    const parsed = JSON.parse(result.stdout) as DoctorResult;
    expect(parsed.mended).toEqual([]);
    expect(stateOf(parsed, 'host/app-1/provisioned')).toBe('fail');
    expect(await runs()).toEqual(before);
    await fleet.ok('host', 'provision', 'app-1', '--yes');
  });

  test('a key of a local host that the provider vouches for takes the place of an old one at the next login', async () => {
    const file = join(fleet.dir, '.fanops/known_hosts');
    const right = await readFile(file, 'utf8');
    const [line = ''] = right.split('\n');
    const wrong = line.replace(/ \S+$/, ' AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    expect(wrong).not.toBe(line);
    await writeFile(file, right.replace(line, wrong));
    await fleet.ok('doctor');
    expect((await readFile(file, 'utf8')).split('\n').sort()).toEqual(right.split('\n').sort());
  });

  const missing = ptyMissing();
  test.skipIf(missing)('asks in a terminal, and a no changes nothing', async () => {
    await stopHost('app-1');
    const no = inTerminal(['doctor', '--fix'], { cwd: fleet.dir, env: fleet.env });
    await no.see('Start host app-1');
    await no.see('Go ahead?');
    no.type(`n${KEYS.enter}`);
    expect(await no.ended, no.text()).toBe(130);
    expect((await provider().find('test', 'app-1'))?.state).toBe('stopped');
    const yes = inTerminal(['doctor', '--fix'], { cwd: fleet.dir, env: fleet.env });
    await yes.see('Go ahead?');
    yes.type(`y${KEYS.enter}`);
    await yes.see('Mended');
    expect(await yes.ended, yes.text()).toBe(0);
  });
});

describe('status --watch', () => {
  test('prints one JSON line for each change, and Ctrl-C ends it with 0', async () => {
    const watch = startCli(['status', '--watch', '--interval', '200ms', '--json'], { cwd: fleet.dir, env: fleet.env });
    let text = '';
    watch.child.stdout?.on('data', (chunk: string) => {
      text += chunk;
    });
    const lines = (): StatusResult[] =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as StatusResult);
    await until('the first line', () => lines().length === 1, 20_000);
    await fleet.ok('router', 'weight', 'm1', 'azure=90', 'vm=10', '--force', '--yes');
    const weights = (result: StatusResult): number[] => result.services[0]?.placements.map((each) => each.weight) ?? [];
    await until('the change', () => lines().some((line) => weights(line).join() === '90,10'), 20_000);
    watch.child.kill('SIGINT');
    expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
    const seen = lines();
    // Each line differs from the one before: what stays the same is not told again.
    expect(seen.every((line, at) => at === 0 || JSON.stringify(line) !== JSON.stringify(seen[at - 1]))).toBe(true);
    await fleet.ok('router', 'weight', 'm1', 'azure=100', '--yes');
  });

  const missing = ptyMissing();
  test.skipIf(missing)('draws in place in a terminal, gives it back, and leaves the last picture', async () => {
    const terminal = inTerminal(['status', '--watch', '--interval', '200ms'], { cwd: fleet.dir, env: fleet.env });
    await terminal.see('azure 100 %');
    await fleet.ok('router', 'weight', 'm1', 'azure=80', 'vm=20', '--force', '--yes');
    await terminal.see('azure 80 %, vm 20 %');
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended, terminal.text()).toBe(0);
    const raw = terminal.raw();
    expect(raw.split('\u001b[?1049h')).toHaveLength(2);
    // Once cleared when it opens, then only drawn over.
    expect(raw.split('\u001b[2J')).toHaveLength(2);
    const after = raw.split('\u001b[?1049l')[1] ?? '';
    expect(after).toContain('azure 80 %, vm 20 %');
    expect(after).not.toContain('Stopping');
    await fleet.ok('router', 'weight', 'm1', 'azure=100', '--yes');
  });

  test('refuses a flag without the one that it belongs to, and an interval that is too short', async () => {
    expect((await fleet.cli('status', '--interval', '3s')).code).toBe(2);
    expect((await fleet.cli('doctor', '--yes')).code).toBe(2);
    expect((await fleet.cli('router', 'apply', '--exit-code', '--yes')).code).toBe(2);
    expect((await fleet.cli('status', '--watch', '--interval', '1ms')).stderr).toContain('at least 200ms');
  });
});

test('runs show has each step with its time and what it printed; --step has one in full', async () => {
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
  await fleet.ok('migrate', 'm1', '--hold', '500ms', '--yes').finally(() => load.stop());
  const run = (await runs()).find((each) => each.operation === 'migrate')!;
  const details = await fleet.json<RunDetails>('runs', 'show', run.id);
  expect(details.steps.filter((step) => step.status === 'done').every((step) => step.startedAt && step.endedAt)).toBe(
    true,
  );
  const noisy = details.events.find((event) => event.type === 'step.output')!;
  const text = (await fleet.ok('runs', 'show', run.id)).stdout;
  expect(text).toContain('Output');
  expect(text).toContain(`\n${noisy.step}\n`);
  const step = await fleet.json<StepDetails>('runs', 'show', run.id, '--step', noisy.step ?? '');
  expect(step.step).toMatchObject({ id: noisy.step, status: 'done', input: expect.any(Object) as object });
  expect(step.events.some((event) => event.message === noisy.message)).toBe(true);
  expect(step.events.every((event) => event.step === noisy.step)).toBe(true);
  expect((await fleet.ok('runs', 'show', run.id, '--step', noisy.step ?? '')).stdout).toContain(`| ${noisy.message}`);
  const wrong = await fleet.cli('runs', 'show', run.id, '--step', 'nonsense');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('release/install');
});

test('a router program of a newer fanops is said by doctor and status, and left alone; one of an older is said, and replaced by router apply', async () => {
  const program = join(fleet.home('router-1'), 'fanops/router/router.cjs');
  const own = await readFile(program, 'utf8');
  const speaks = async (revision: number): Promise<void> => {
    await writeFile(`${program}.new`, own.replace(/PROTOCOL_VERSION = \d+;/, `PROTOCOL_VERSION = ${revision};`));
    await rename(`${program}.new`, program);
  };
  const programs = async () => {
    const { stdout } = await fleet.cli('doctor', '--json');
    return (JSON.parse(stdout) as DoctorResult).checks.find(({ id }) => id === 'host/router-1/programs');
  };
  expect(await programs()).toMatchObject({ state: 'ok', detail: 'fanops-router' });
  await speaks(99);
  expect(await programs()).toMatchObject({ state: 'fail', fix: 'Update fanops on this machine.' });
  const shown = await fleet.ok('status');
  expect(shown.stdout + shown.stderr).toContain("The router's program on router-1 is of a newer fanops than this one");
  const refused = await fleet.cli('router', 'apply', '--yes');
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('it is not replaced by an older one')]);
  expect(await readFile(program, 'utf8')).toContain('PROTOCOL_VERSION = 99;');
  await speaks(1);
  expect(await programs()).toMatchObject({ state: 'warn', fix: 'fanops router apply' });
  await fleet.ok('router', 'apply', '--yes');
  expect(await readFile(program, 'utf8')).toBe(own);
  expect(await programs()).toMatchObject({ state: 'ok' });
});

test('PM2 that died on both hosts is seen by doctor, and host provision brings back what ran; a service that left the file is seen as well', async () => {
  const load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
  await fleet.ok('migrate', 'm1', '--to', 'vm', '--yes', '--hold', '500ms').finally(() => load.stop());
  for (const host of ['app-1', 'router-1'])
    process.kill(Number(await readFile(join(fleet.home(host), '.pm2/pm2.pid'), 'utf8')), 'SIGKILL');
  const { stdout } = await fleet.cli('doctor', '--json');
  const failing = (JSON.parse(stdout) as DoctorResult).checks
    .filter(({ state }) => state === 'fail')
    .map(({ id, fix }) => [id, fix]);
  expect(failing).toEqual([
    ['host/app-1/standing', 'fanops host provision app-1'],
    ['host/router-1/standing', 'fanops host provision router-1'],
    ['traffic/m1/vm', expect.stringContaining('Nothing listens there')],
  ]);
  // The engine goes on without its holder.
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBeGreaterThanOrEqual(200);
  await fleet.ok('host', 'provision', '--all', '--yes');
  expect((await fetch(`${fleet.base}/api/flow/version`)).status).toBe(200);
  expect((await fleet.json<DoctorResult>('doctor')).sum.fail).toBe(0);
  const again = await fleet.json<{ hosts: { changed: boolean }[] }>('host', 'provision', '--all', '--yes');
  expect(again.hosts.filter(({ changed }) => changed)).toEqual([]);
  // A service that leaves the file is told, with what is to be done about it first.
  const file = join(fleet.dir, 'fanops.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('  m1:\n', '  m2:\n'));
  const { checks } = JSON.parse((await fleet.cli('doctor', '--json')).stdout) as DoctorResult;
  await writeFile(file, text);
  expect(checks.find(({ id }) => id === 'host/app-1/removed/m1')).toMatchObject({
    state: 'warn',
    detail: expect.stringMatching(
      /^m1 is not in the fleet file and is left over here: release \S+ under PM2/,
    ) as string,
    fix: 'fanops router apply',
  });
  await fleet.ok('migrate', 'rollback', 'm1', '--yes');
});
