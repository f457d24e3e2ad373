import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixture, packageRoot, spawnHost, startFixture, tempDir } from './helpers/host.js';
import { readJsonLines } from './helpers/json-lines.js';
import { waitFor } from './helpers/wait.js';

interface Entry {
  name: string;
  pid: number;
  timer?: {
    isPastDue?: boolean;
    schedule?: { adjustForDST: boolean };
    scheduleStatus?: Record<string, string> | null;
    retryCount?: number;
  };
}

function recorder(): { file: string; entries: (name: string) => Entry[] } {
  const file = join(tempDir(), 'record.jsonl');
  const all = (): Entry[] => readJsonLines<Entry>(file);
  return { file, entries: (name) => all().filter((entry) => entry.name === name) };
}

it('4 a timer that runs each second; runOnStartup; the monitor is off below a minute; bad schedule and disabled', async () => {
  const { file, entries } = recorder();
  const host = await startFixture('timers', { env: { RECORD_FILE: file, HOURLY: '01:00:00', AzureWebJobs_off_Disabled: 'true' } });
  await waitFor('two ticks', () => entries('often').length >= 2);
  expect(entries('often')[0]?.timer).toEqual({ schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false });
  expect(entries('atStart')).toHaveLength(1);
  expect(entries('atStart')[0]?.timer?.scheduleStatus?.last).toBe('0001-01-01T00:00:00+00:00');
  expect([entries('off'), entries('hourly')]).toEqual([[], []]);
  const health = await (await fetch(`${host.url}/_fanops/health`)).json() as { functions: { name: string; state: string }[] };
  expect(health.functions.find(({ name }) => name === 'bad')).toMatchObject({ state: 'error' });
});

it('5.6 a retry policy runs the timer again, with retryContext', async () => {
  const { file, entries } = recorder();
  const host = await startFixture('timers', { env: { RECORD_FILE: file, HOURLY: '01:00:00' } });
  await waitFor('three attempts', () => entries('retried').length === 3);
  await waitFor('the success', () => host.stderr().includes("Executed 'retried' (Succeeded"));
  expect(entries('retried').map(({ timer }) => timer?.retryCount)).toEqual([0, 1, 2]);
});

it('4 a stored run that was missed is made up once, with isPastDue; a changed schedule is not', async () => {
  for (const [stored, runs] of [['2020-01-01T01:00:00.000Z', 1], ['2020-01-01T00:30:00.000Z', 0]] as const) {
    const { file, entries } = recorder();
    const state = tempDir();
    mkdirSync(join(state, 'timers'), { recursive: true });
    const status = { last: '2020-01-01T00:00:00.000Z', next: stored, lastUpdated: '2020-01-01T00:00:00.000Z' };
    writeFileSync(join(state, 'timers', 'hourly.json'), JSON.stringify(status));
    await startFixture('timers', { args: ['--state', state], env: { RECORD_FILE: file, HOURLY: '01:00:00' } });
    await waitFor('a tick', () => entries('often').length >= 1);
    expect(entries('hourly').map(({ timer }) => timer?.isPastDue)).toEqual(runs ? [true] : []);
  }
});

it('4 one process of several runs the timers, and another takes over when it goes', async () => {
  const { file, entries } = recorder();
  const state = tempDir();
  const env = { RECORD_FILE: file, HOURLY: '01:00:00' };
  const start = (): ReturnType<typeof startFixture> => startFixture('timers', { args: ['--state', state], env });
  const hosts = [await start(), await start()];
  await waitFor('two ticks', () => entries('often').length >= 2);
  const leader = hosts.find(({ process }) => process.pid === entries('often')[0]?.pid)!;
  const other = hosts.find((host) => host !== leader)!;
  expect(new Set(entries('often').map(({ pid }) => pid))).toEqual(new Set([leader.process.pid]));
  expect(entries('atStart')).toHaveLength(1);
  await leader.stop('SIGKILL');
  await waitFor('a tick of the other one', () => entries('often').some(({ pid }) => pid === other.process.pid));
});

it('3.3 POST /admin/functions/{name} starts a timer by hand with the master key: 202, never past due', async () => {
  const { file, entries } = recorder();
  const keys = join(tempDir(), 'keys.json');
  writeFileSync(keys, '{"functionKeys":{},"masterKey":"mk","systemKeys":{}}');
  const host = await startFixture('timers', { args: ['--keys', keys], env: { RECORD_FILE: file, HOURLY: '01:00:00' } });
  const headers = { 'x-functions-key': 'mk' };
  const post = (body?: string): Promise<Response> => fetch(`${host.url}/admin/functions/hourly`, { method: 'POST', body, headers });
  expect((await post()).status).toBe(400);
  expect((await post('{"input":""}')).status).toBe(202);
  await waitFor('the run', () => entries('hourly').length === 1);
  expect(entries('hourly')[0]?.timer?.isPastDue).toBe(false);
});

it('the bundle runs by itself, away from any node_modules of ours', async () => {
  const { file } = recorder();
  const program = join(tempDir(), 'functions-host.cjs');
  writeFileSync(program, readFileSync(join(packageRoot, 'dist', 'bundle', 'functions-host.cjs')));
  const host = await startFixture('timers', { program, env: { RECORD_FILE: file, HOURLY: '01:00:00' } });
  expect(await (await fetch(`${host.url}/api/alive`)).text()).toBe(String(host.process.pid));
  const { stdout, exited } = spawnHost(['--root', fixture('http'), '--analyse', '--json'], {}, program);
  expect(await exited).toBe(0);
  expect(JSON.parse(stdout())).toMatchObject({ app: { name: 'fixture-http', model: 'v4' } });
});
