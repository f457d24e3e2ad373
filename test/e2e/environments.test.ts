import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startLoad } from '../../scripts/lib/load.mjs';
import type { ConfigShow } from '../../src/operations/config/show.js';
import type { RunDetails, RunRow } from '../../src/operations/run/list.js';
import type { StatusResult } from '../../src/operations/status/status.js';
import { weights } from '../helpers/app.js';
import { cli, cleanEnv, startCli, type CliResult } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { numberIn, until } from '../helpers/until.js';

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

/** Lays a file over the fleet file. */
const environment = (name: string, text: string): Promise<void> =>
  writeFile(join(fleet.dir, `fanops.${name}.yaml`), text);
const withEnv = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<CliResult> =>
  cli(args, { cwd: fleet.dir, env: { ...fleet.env, ...env } });
const runsOf = async (name?: string): Promise<RunRow[]> =>
  (await fleet.json<{ runs: RunRow[] }>('runs', 'list', ...(name ? ['-e', name] : []))).runs;

describe('environments', () => {
  beforeAll(() =>
    environment(
      'prod',
      `
services:
  m1:
    settings: { STALE_SCHEDULE: null, EXTRA: plain }
    gate: { timeout: 20s }
`,
    ),
  );

  test('config show lays the environment over the file, with the source of each value; secrets stay references', async () => {
    const value = (shown: ConfigShow, path: string) => shown.values.find((each) => each.path.join('.') === path);
    const plain = await fleet.json<ConfigShow>('config', 'show');
    expect(value(plain, 'services.m1.settings.STALE_SCHEDULE')).toMatchObject({ value: '0 0 0 1 1 *' });
    expect(value(plain, 'services.m1.settings.EXTRA')).toBeUndefined();
    const prod = await fleet.json<ConfigShow>('config', 'show', '-e', 'prod');
    expect(prod.environment).toBe('prod');
    expect(value(prod, 'services.m1.settings.STALE_SCHEDULE')).toBeUndefined();
    expect(value(prod, 'services.m1.settings.EXTRA')).toMatchObject({ value: 'plain', source: 'fanops.prod.yaml:4' });
    expect(value(prod, 'services.m1.gate.timeout')).toMatchObject({ value: '20s', source: 'fanops.prod.yaml:5' });
    expect(value(prod, 'services.m1.gate.minRequests')).toMatchObject({
      value: 3,
      source: expect.stringMatching(/^fanops\.yaml:\d+$/) as string,
    });
    expect(value(prod, 'services.m1.settings.AzureWebJobsStorage')).toMatchObject({ value: 'file:storage-connection' });
    const text = (await fleet.ok('config', 'show', '-e', 'prod')).stdout;
    expect(text).toMatch(/AzureWebJobsStorage: file:storage-connection +# fanops\.yaml:\d+/);
    expect(text + JSON.stringify(prod)).not.toContain('AccountKey');
  });

  test('it is named by -e, by FANOPS_ENV, or by both, and then the flag counts', async () => {
    const named = async (result: Promise<CliResult>): Promise<string | undefined> =>
      (JSON.parse((await result).stdout) as ConfigShow).environment;
    expect(await named(withEnv({ FANOPS_ENV: 'prod' }, 'config', 'show', '--json'))).toBe('prod');
    await environment('other', 'services:\n  m1:\n    settings: { EXTRA: other }\n');
    expect(await named(withEnv({ FANOPS_ENV: 'other' }, 'config', 'show', '--json', '-e', 'prod'))).toBe('prod');
    expect(await named(withEnv({}, 'config', 'show', '--json'))).toBeUndefined();
  });

  test('a wrong name is told with the near one and those that exist', async () => {
    const result = await fleet.cli('status', '-e', 'prood');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('There is no environment "prood"');
    expect(result.stderr).toContain('Did you mean "prod"?');
    expect(result.stderr).toContain('other, prod');
  });

  test('a fault in the file that is laid over is told with that file and its line', async () => {
    await environment('broken', 'services:\n  m1:\n    gate:\n      minRequests: none\n');
    const result = await fleet.cli('status', '-e', 'broken');
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/fanops\.broken\.yaml:4:\d+ services\.m1\.gate\.minRequests/);
  });

  test('FANOPS_FILE and --file name the file from anywhere; its environment stands beside it', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'fanops-elsewhere-'));
    try {
      const file = join(fleet.dir, 'fanops.yaml');
      const there = (args: string[], env: NodeJS.ProcessEnv = {}) =>
        cli(args, { cwd: elsewhere, env: { ...fleet.env, ...env } });
      expect((await there(['status'])).code).toBe(2);
      const byName = await there(['config', 'show', '--json', '-e', 'prod'], { FANOPS_FILE: file });
      expect(JSON.parse(byName.stdout)).toMatchObject({ file, environment: 'prod' });
      expect((await there(['status', '--file', file])).code).toBe(0);
      await copyFile(file, join(elsewhere, 'fanops.yaml'));
      expect(
        (JSON.parse((await there(['config', 'show', '--json'], { FANOPS_FILE: file })).stdout) as ConfigShow).file,
      ).toBe(file);
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test('each has a journal of its own, and the truth on the hosts is the same for all', async () => {
    const plain = await runsOf();
    expect(await runsOf('prod')).toEqual([]);
    const weight = 'router weight m1 azure=60 vm=40 --force --yes -e prod';
    const { run } = await fleet.json<{ run: string }>(...weight.split(' '));
    expect((await runsOf('prod')).map(({ id }) => id)).toEqual([run]);
    expect(await runsOf()).toEqual(plain);
    // Nothing runs on vm, which status says.
    const status = await fleet.cli('status', '--json');
    expect(status.code).toBe(3);
    const { services } = JSON.parse(status.stdout) as StatusResult;
    expect(services[0]?.placements.map(({ weight }) => weight)).toEqual([60, 40]);
    const told = (await fleet.ok('runs', 'undo', run, '--yes', '-e', 'prod')).stdout;
    expect(told).toContain('is undone');
    expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
    expect((await fleet.cli('runs', 'show', run)).code).toBe(2);
  });

  test('what to type next names the environment', async () => {
    const weight = (await fleet.ok('router', 'weight', 'm1', 'azure=100', '--yes', '-e', 'prod')).stdout;
    expect(weight).toMatch(/fanops runs undo \S+ -e prod/);
    expect(weight).toContain('fanops migrate status m1 -e prod');
    const error = await fleet.cli('runs', 'show', 'nonsense', '-e', 'prod', '--json');
    expect((JSON.parse(error.stdout) as { error: { nextSteps: string[] } }).error.nextSteps).toEqual([
      'fanops runs list -e prod',
    ]);
  });

  test('a version that the file does not allow is refused with both versions', async () => {
    await environment('pinned', 'fanops: ">=99"\n');
    const result = await fleet.cli('status', '-e', 'pinned');
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/asks for fanops >=99; this is \d+\.\d+\.\d+/);
    await environment('pinned', 'fanops: ">=0.1"\n');
    expect((await fleet.cli('status', '-e', 'pinned')).code).toBe(0);
  });

  test('git sees nothing of .fanops', async () => {
    const git = (...args: string[]): string =>
      execFileSync('git', args, {
        cwd: fleet.dir,
        encoding: 'utf8',
        env: cleanEnv({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }),
      });
    git('init', '--quiet');
    expect(git('status', '--porcelain', '--untracked-files=all')).not.toContain('.fanops');
    expect(git('check-ignore', '.fanops/runs.db', '.fanops/env/prod/runs.db').trim().split('\n')).toHaveLength(2);
    expect(git('status', '--porcelain')).toContain('fanops.yaml');
    await rm(join(fleet.dir, '.git'), { recursive: true });
  });
});

describe('hooks', () => {
  const PHASES = ['deploy', 'migrate', 'release', 'parity', 'cutover', 'rollback', 'finish'];
  const NAMES = PHASES.map((phase) => phase.replace(/^./, (letter) => letter.toUpperCase())).flatMap((phase) => [
    `before${phase}`,
    `after${phase}`,
  ]);
  const FACTS = ['SERVICE', 'FROM', 'TO', 'RELEASE', 'RUN', 'FLEET', 'ENVIRONMENT'];
  const journal = (): Promise<string> => readFile(join(fleet.dir, 'hooks.log'), 'utf8').catch(() => '');
  const told = async (): Promise<Record<string, string>[]> =>
    (await journal())
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [HOOK = '', ...values] = line.split('|');
        return { HOOK, ...Object.fromEntries(FACTS.map((fact, at) => [fact, values[at] ?? ''])) };
      });
  const write = `printf '%s|' "$FANOPS_HOOK" ${FACTS.map((fact) => `"$FANOPS_${fact}"`).join(' ')} >> hooks.log; echo >> hooks.log; echo "said by $FANOPS_HOOK"`;
  const yaml = (hooks: Record<string, unknown>): string => `hooks: ${JSON.stringify(hooks)}\n`;
  const stepsOf = async (run: string, name: string): Promise<string[]> =>
    (await fleet.json<RunDetails>('runs', 'show', run, '-e', name)).steps.map(({ id, status }) => `${id}: ${status}`);
  const newest = async (name: string): Promise<RunRow> => (await runsOf(name))[0]!;

  beforeAll(() => environment('all', yaml(Object.fromEntries(NAMES.map((name) => [name, write])))));
  beforeEach(() => rm(join(fleet.dir, 'hooks.log'), { force: true }));

  test('a before-hook that fails stops all of its phase, and the way on is told', async () => {
    await environment('stop', yaml({ beforeCutover: 'echo not today >&2; exit 7' }));
    const result = await fleet.cli('migrate', 'm1', '--hold', '300ms', '--yes', '-e', 'stop');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The hook before-cutover ended with 7.');
    expect(result.stderr).toContain('not today');
    expect(result.stderr).toMatch(/fanops runs resume \S+ -e stop/);
    expect(await weights(fleet)).toEqual({ azure: 100, vm: 0 });
    const steps = await stepsOf((await newest('stop')).id, 'stop');
    expect(
      steps.filter((step) => /watchdog|cutover\/|record/.test(step)).every((step) => step.endsWith(': pending')),
    ).toBe(true);
    await fleet.ok('runs', 'undo', (await newest('stop')).id, '--yes', '-e', 'stop');
  });

  test('an after-hook of the cut-over that fails does not move the traffic back; a resume runs it again', async () => {
    await environment('late', yaml({ afterCutover: 'test -e go-on || { echo no ticket; exit 3; }' }));
    const result = await fleet.cli('migrate', 'm1', '--hold', '300ms', '--yes', '-e', 'late');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The hook after-cutover ended with 3.');
    expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
    await writeFile(join(fleet.dir, 'go-on'), '');
    const { id } = await newest('late');
    await fleet.ok('runs', 'resume', id, '-e', 'late');
    expect((await newest('late')).status).toBe('succeeded');
    expect(await weights(fleet)).toEqual({ azure: 0, vm: 100 });
  });

  test('a deploy runs those around it and around its release, each with the facts; what they say is in the run', async () => {
    const { run, release } = await fleet.json<{ run: string; release: string }>('deploy', 'm1', '--yes', '-e', 'all');
    const facts = {
      SERVICE: 'm1',
      FROM: 'vm',
      TO: 'vm',
      RELEASE: release,
      RUN: run,
      FLEET: 'test',
      ENVIRONMENT: 'all',
    };
    expect(await told()).toEqual(
      ['before-deploy', 'before-release', 'after-release', 'after-deploy'].map((HOOK) => ({ HOOK, ...facts })),
    );
    const details = await fleet.json<RunDetails>('runs', 'show', run, '-e', 'all');
    expect(
      details.events.filter(({ type }) => type === 'step.output').map(({ step, message }) => `${step}: ${message}`),
    ).toContain('hook/before-deploy: said by before-deploy');
  });

  test('a rollback, a migration and its end run theirs in order', async () => {
    await fleet.ok('migrate', 'rollback', 'm1', '--yes', '-e', 'all');
    const migrate = 'migrate m1 --hold 300ms --yes -e all';
    const { run, release } = await fleet.json<{ run: string; release: string }>(...migrate.split(' '));
    await fleet.ok('migrate', 'finish', 'm1', '--yes', '-e', 'all');
    const seen = await told();
    expect(seen.map(({ HOOK }) => HOOK).join(' ')).toBe(
      'before-rollback after-rollback before-migrate before-release after-release before-parity after-parity ' +
        'before-cutover after-cutover after-migrate before-finish after-finish',
    );
    expect(seen[0]).toMatchObject({ SERVICE: 'm1', FROM: 'vm', TO: 'azure', RELEASE: '' });
    for (const each of seen.slice(2, 10))
      expect(each).toMatchObject({
        SERVICE: 'm1',
        FROM: 'azure',
        TO: 'vm',
        RELEASE: release,
        RUN: run,
        ENVIRONMENT: 'all',
      });
    expect(seen.at(-1)).toMatchObject({ SERVICE: 'm1', FROM: 'azure', TO: 'vm' });
  });

  test('a dry run shows hooks and runs none', async () => {
    const result = await fleet.ok('deploy', 'm1', '--dry-run', '-e', 'all');
    expect(result.stdout).toContain('Run the hook before-deploy');
    expect(await journal()).toBe('');
  });

  test('one that takes too long is ended with all that it started', async () => {
    await environment('slow', yaml({ beforeDeploy: { run: 'sleep 300 & echo $! > sleeper; wait', timeout: '500ms' } }));
    const result = await fleet.cli('deploy', 'm1', '--yes', '-e', 'slow');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('The hook before-deploy did not end within 500 ms, and was ended.');
    expect(result.stderr).toContain('hooks.beforeDeploy.timeout');
    const pid = await numberIn(join(fleet.dir, 'sleeper'));
    await until('the process of the hook to be gone', () => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true; // There is no such process.
      }
    });
  });

  test('an interrupted one, in the earlier spelling of its key, is asked about: it may have taken effect', async () => {
    await environment(
      'cut',
      yaml({ 'before-deploy': 'test -e second && exit 0; touch second; echo waiting; sleep 20' }),
    );
    const live = startCli(['deploy', 'm1', '--yes', '-e', 'cut'], {
      cwd: fleet.dir,
      env: { ...fleet.env, FANOPS_PROGRESS: 'json' },
    });
    await live.event((event) => event.type === 'step.output' && event.line === 'waiting');
    live.child.kill('SIGKILL');
    await live.ended;
    const { id } = await newest('cut');
    const asked = await fleet.cli('runs', 'resume', id, '-e', 'cut');
    expect(asked.code).toBe(5);
    expect(asked.stderr).toContain(`fanops runs resume ${id} --rerun hook/before-deploy -e cut`);
    expect(asked.stderr).toContain(`fanops runs resume ${id} --assume-done hook/before-deploy -e cut`);
    await fleet.ok('runs', 'resume', id, '--assume-done', 'hook/before-deploy', '-e', 'cut');
    expect((await newest('cut')).status).toBe('succeeded');
  });
});
