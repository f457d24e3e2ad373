import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixture, packageRoot, spawnHost, startFixture, tempDir } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { startShared, type SharedHost } from './shared-host.js';

interface Entry {
  name: string;
  pid: number;
  metadata?: unknown;
  timer?: {
    isPastDue?: boolean;
    schedule?: { adjustForDST: boolean };
    scheduleStatus?: Record<string, string> | null;
    retryCount?: number;
    invocationId?: string;
    exception?: { message: string };
  };
}

const env = { HOURLY: '01:00:00', AzureWebJobs_off_Disabled: 'true', TZ: 'Europe/Berlin' };
let host: SharedHost;
let state: string;
let keys: string;
const entries = (name: string): Entry[] => host.records<Entry>().filter((entry) => entry.name === name);

/** A run of `hourly` was missed; of `changed` too, but with another schedule. */
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'fh-'));
  mkdirSync(join(state, 'timers'));
  const status = {
    last: '2020-01-01T00:00:00.000Z',
    next: '2020-01-01T01:00:00.000Z',
    lastUpdated: '2020-01-01T00:00:00.000Z',
  };
  writeFileSync(join(state, 'timers', 'hourly.json'), JSON.stringify(status));
  writeFileSync(join(state, 'timers', 'changed.json'), JSON.stringify(status));
  keys = join(state, 'keys.json');
  writeFileSync(keys, '{"functionKeys":{},"masterKey":"mk","systemKeys":{}}', { mode: 0o600 });
  host = await startShared('timers', { env, state, args: ['--keys', keys] });
  await waitFor('two ticks', () => entries('often').length >= 2);
});
afterAll(async () => {
  await host?.stop();
  rmSync(state, { recursive: true, force: true });
});

test('[4-24, 4-26] a timer that runs each second: no monitor, no status', () => {
  expect(entries('often')[0]?.timer).toEqual({
    schedule: { adjustForDST: true },
    scheduleStatus: null,
    isPastDue: false,
  });
});

test('[4-21, 4-27] runOnStartup runs once; what never was is of year 0001', () => {
  expect(entries('atStart')).toHaveLength(1);
  const status = entries('atStart')[0]?.timer?.scheduleStatus;
  expect(status?.last).toBe('0001-01-01T00:00:00+00:00');
  expect(status?.next).toMatch(/^\d{4}-01-01T00:00:00.000\+01:00$/);
});

test('[4-28] v4 has no metadata for timers', () => {
  expect(entries('atStart')[0]?.metadata).toBeUndefined();
});

test('[4-19, 4-20, 4-1] a missed run is made up once, past due; a changed schedule is not; %NAME% comes from the settings', () => {
  expect(entries('hourly').map(({ timer }) => timer?.isPastDue)).toEqual([true]);
  expect(entries('hourly')[0]?.timer?.schedule?.adjustForDST).toBe(false);
  expect(entries('changed')).toEqual([]);
});

test("[4-4, 2.4-2] a bad schedule is that function's error, and a disabled timer does not start", async () => {
  const health = (await (await fetch(`${host.url}/_fanops/health`)).json()) as {
    functions: { name: string; state: string; error?: string }[];
  };
  expect(health.functions.find(({ name }) => name === 'bad')).toMatchObject({
    state: 'error',
    error: expect.stringContaining('weekday') as string,
  });
  expect(entries('off')).toEqual([]);
});

test('[4-23] a failing run is logged and the schedule goes on', async () => {
  await waitFor('two failing runs', () => entries('failing').length >= 2);
  expect(host.stderr()).toContain("Executed 'failing' (Failed");
});

test('[5.6-1, 5.6-3, 5.6-5] a retry policy runs the timer again, with retryContext and an invocation of its own', async () => {
  await waitFor('the success', () => host.stderr().includes("Executed 'retried' (Succeeded"));
  expect(entries('retried').map(({ timer }) => timer?.retryCount)).toEqual([0, 1, 2]);
  expect(entries('retried').map(({ timer }) => timer?.exception?.message)).toEqual([
    undefined,
    'attempt 1',
    'attempt 2',
  ]);
  expect(new Set(entries('retried').map(({ timer }) => timer?.invocationId)).size).toBe(3);
});

test('[5.6-4] hooks run on every attempt', () => {
  expect(entries('hook:retried')).toHaveLength(3);
});

test('[5.6-7] an HTTP function is not retried', async () => {
  expect((await fetch(`${host.url}/api/fails`)).status).toBe(500);
  expect(entries('fails')).toHaveLength(1);
});

test('[4-29] a manual start has the status of the monitor and is not past due', async () => {
  const headers = { 'x-functions-key': 'mk' };
  const post = (body?: string): Promise<Response> =>
    fetch(`${host.url}/admin/functions/hourly`, { method: 'POST', body, headers });
  expect((await post()).status).toBe(400);
  expect((await post('{"input":""}')).status).toBe(202);
  await waitFor('the run', () => entries('hourly').length === 2);
  expect(entries('hourly')[1]?.timer?.isPastDue).toBe(false);
  const stored = JSON.parse(readFileSync(join(state, 'timers', 'hourly.json'), 'utf8')) as { last: string };
  expect(Date.parse(entries('hourly')[1]?.timer?.scheduleStatus?.last ?? '')).toBe(Date.parse(stored.last));
});

test('the bundle runs by itself, away from any node_modules of ours', async () => {
  const dir = tempDir();
  const program = join(dir, 'functions-host.cjs');
  writeFileSync(program, readFileSync(join(packageRoot, 'dist', 'bundle', 'functions-host.cjs')));
  const bundled = await startFixture('timers', { program, env: { ...env, RECORD_FILE: join(dir, 'record.jsonl') } });
  expect(await (await fetch(`${bundled.url}/api/alive`)).text()).toBe(String(bundled.process.pid));
  const { stdout, exited } = spawnHost(['--root', fixture('http'), '--analyse', '--json'], {}, program);
  expect(await exited).toBe(0);
  expect(JSON.parse(stdout())).toMatchObject({ app: { name: 'fixture-http', model: 'v4' } });
});
