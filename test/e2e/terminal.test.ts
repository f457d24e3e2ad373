import { access, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failures, startLoad } from '../../scripts/lib/load.mjs';
import type { LockList } from '../../src/operations/lock/locks.js';
import type { RunDetails } from '../../src/operations/run/list.js';
import { lastRun, standing, weights } from '../helpers/app.js';
import { cli } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { inTerminal, KEYS, plainText, ptyMissing, type Terminal } from '../helpers/pty.js';
import { until } from '../helpers/until.js';

const missing = ptyMissing();
const COLOUR = /\u001b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m/;

describe.skipIf(missing)(`in a terminal${missing ? ` (${missing})` : ''}`, () => {
  let fleet: TestFleet;
  let load: ReturnType<typeof startLoad>;
  const open: Terminal[] = [];
  beforeAll(async () => {
    fleet = await startFleet();
    load = startLoad({ base: fleet.base, paths: [{ path: '/api/flow/version' }], perSecond: 20 });
  });
  afterAll(async () => {
    for (const terminal of open) terminal.end();
    await load?.stop();
    await fleet?.stop();
  });
  const terminal = (args: string[], env: NodeJS.ProcessEnv = {}): Terminal => {
    const made = inTerminal(args, { cwd: fleet.dir, env: { ...fleet.env, ...env } });
    open.push(made);
    return made;
  };
  const runId = async (): Promise<string> => (await lastRun(fleet))?.id ?? '';

  test('Ctrl-C at a prompt and a no at the question end with 130, and nothing is touched', async () => {
    const before = await standing(fleet);
    const prompt = terminal(['migrate']);
    await prompt.see('Which service?');
    prompt.type(KEYS.ctrlC);
    expect(await prompt.ended, prompt.text()).toBe(130);
    const question = terminal(['migrate', 'm1']);
    await question.see('Go ahead?');
    question.type('n');
    question.type(KEYS.enter);
    expect(await question.ended, question.text()).toBe(130);
    const cancelled = terminal(['migrate', 'm1']);
    await cancelled.see('Go ahead?');
    cancelled.type(KEYS.ctrlC);
    expect(await cancelled.ended, cancelled.text()).toBe(130);
    expect(await standing(fleet)).toEqual(before);
    expect((await lastRun(fleet))?.title).toBe('Apply the router on router-1');
  });

  test('fanops migrate asks which service, shows the plan, and carries it out in a live tree; without colours when asked', async () => {
    const screen = terminal(['migrate', '--hold', '500ms'], { NO_COLOR: '1' });
    await screen.see('Which service?');
    screen.type(KEYS.enter);
    await screen.see('Go ahead?');
    screen.type('y');
    screen.type(KEYS.enter);
    await screen.see('Send 100 % to vm');
    expect(await screen.ended, screen.text()).toBe(0);
    expect(screen.raw()).not.toMatch(COLOUR);
    expect(screen.text()).toContain('fanops migrate rollback m1');
    expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
    const coloured = terminal(['migrate', 'rollback', 'm1', '--yes']);
    expect(await coloured.ended, coloured.text()).toBe(0);
    expect(coloured.raw()).toMatch(COLOUR);
  });

  test('Ctrl-C while a share is held sends all traffic back at once, and the run can be resumed', async () => {
    const screen = terminal(['migrate', 'm1', '--hold', '3s', '--yes']);
    await screen.see('holding');
    expect(await weights(fleet)).toEqual({ azure: 90, vm: 10 });
    const pressed = Date.now();
    screen.type(KEYS.ctrlC);
    await until('all traffic to be back', async () => (await weights(fleet)).azure === 100, 10_000);
    const back = Date.now() - pressed;
    expect(await screen.ended, screen.text()).toBe(130);
    console.log(`Ctrl-C: traffic back after ${back} ms, ended after ${Date.now() - pressed} ms`);
    const id = await runId();
    expect(screen.text()).toContain(`fanops runs resume ${id}`);
    expect((await fleet.json<LockList>('lock', 'show')).locks).toEqual([]);
    const resumed = terminal(['runs', 'resume', id]);
    expect(await resumed.ended, resumed.text()).toBe(0);
    expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
    await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  });

  test('a second Ctrl-C ends at once; the watchdog brings the traffic back, and the run can be resumed', async () => {
    const screen = terminal(['migrate', 'm1', '--hold', '2s', '--yes']);
    await screen.see('holding');
    screen.type(KEYS.ctrlC);
    // Two signals of a kind that wait for a process are one.
    await screen.see('once more to stop at once');
    screen.type(KEYS.ctrlC);
    expect(await screen.ended, screen.text()).toBe(130);
    // Nothing was brought to an end in the journal either.
    expect((await fleet.json<RunDetails>('runs', 'show', await runId())).run.status).toBe('interrupted');
    await until('all traffic to be back', async () => (await weights(fleet)).azure === 100, 30_000);
    await fleet.ok('runs', 'resume', await runId());
    expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
    await fleet.ok('migrate', 'rollback', 'm1', '--yes');
  });

  test('output into a pipe has no escape codes', async () => {
    for (const args of [
      ['migrate', 'm1', '--dry-run'],
      ['migrate', 'status', 'm1'],
      ['host', 'provision', '--all', '--yes', '--progress', 'tree'],
      ['--help'],
      ['migrate', '--nonsense'],
    ]) {
      const { stdout, stderr } = await fleet.cli(...args);
      expect(stdout + stderr, args.join(' ')).not.toContain('\u001b');
    }
  });

  test('no user met an error in all of this', async () => {
    const samples = await load.stop();
    console.log(`${samples.length} requests while people pressed keys`);
    expect(failures(samples)).toEqual([]);
  });

  describe('fanops init', () => {
    let dir: string;
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'fo-init-'));
      await cp(join(fleet.dir, 'm1'), join(dir, 'm1'), { recursive: true, verbatimSymlinks: true });
    });
    afterAll(() => rm(dir, { recursive: true, force: true }));

    test('Ctrl-C at its first question writes nothing', async () => {
      const screen = inTerminal(['init'], { cwd: dir, env: fleet.env });
      open.push(screen);
      await screen.see('?');
      screen.type(KEYS.ctrlC);
      expect(await screen.ended, screen.text()).toBe(130);
      await expect(access(join(dir, 'fanops.yaml'))).rejects.toThrow('ENOENT');
    });

    test('its questions are answered, and the file that it writes is valid', async () => {
      const screen = inTerminal(['init'], { cwd: dir, env: fleet.env });
      open.push(screen);
      for (const [question, ...answers] of [
        ['Name of the fleet', 'cup'],
        ['Name of the host'],
        ['What the host is'],
        ['Port of the router'],
        ['Function app'],
        ['Name of the service'],
        ['Address of the function app', 'nonsense', `${'\u007f'.repeat(8)}http://127.0.0.1:${fleet.ports.standIn}`],
        ['Path that the router sends to it'],
        ['Port of the service on the VM'],
        ['App setting', 'AzureWebJobsStorage=file:storage-connection'],
        ['Another one'],
      ] as [string, ...string[]][]) {
        await screen.see(question);
        screen.type(`${answers[0] ?? ''}${KEYS.enter}`);
        if (answers[1] === undefined) continue;
        await screen.see('without credentials');
        screen.type(`${answers[1]}${KEYS.enter}`);
      }
      expect(await screen.ended, screen.text()).toBe(0);
      const written = await readFile(join(dir, 'fanops.yaml'), 'utf8');
      expect(plainText(written)).toBe(written);
      expect(written).toContain('fleet: cup');
      expect(written).toContain(`http://127.0.0.1:${fleet.ports.standIn}`);
      expect(written).toContain('file:storage-connection');
      const dry = await cli(['host', 'provision', '--all', '--dry-run'], { cwd: dir, env: fleet.env });
      expect(dry.code, dry.stderr).toBe(0);
    });
  });
});
