import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { startFixture, tempDir, type TestHost } from '../helpers/host.js';
import { version } from '../../src/version.js';
import { waitFor } from '../helpers/wait.js';
import { ask, running, type Answer } from './running.js';

const host = running('edge-http', { keys: { masterKey: 'master-key' }, env: { FANOPS_RELEASE: 'r"1\\' } });
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(host().url, path, { headers });
const metrics = async (url = host().url): Promise<string[]> => (await ask(url, '/_fanops/metrics')).body.split('\n');
const value = (lines: string[], sample: string): number | undefined => {
  const line = lines.find((candidate) => candidate.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

it('health says everything to this machine and to the master key, the bare status to those that a proxy brings', async () => {
  const full = JSON.parse((await get('/_fanops/health')).body) as object;
  expect(full).toMatchObject({
    status: 'degraded',
    app: 'edge-http',
    pid: host().pid,
    functions: expect.any(Array) as unknown[],
  });
  expect(JSON.parse((await get('/_fanops/health', { 'x-forwarded-for': '203.0.113.9' })).body)).toEqual({
    status: 'degraded',
  });
  expect(
    JSON.parse((await get('/_fanops/health?code=master-key', { forwarded: 'for=203.0.113.9' })).body),
  ).toHaveProperty('functions');
});

it('metrics are for this machine and the master key: 401 for others, 404 for other paths', async () => {
  expect(await get('/_fanops/metrics', { 'x-real-ip': '203.0.113.9' })).toMatchObject({ status: 401, body: '' });
  expect((await get('/_fanops/metrics', { via: '1.1 x', 'x-functions-key': 'master-key' })).status).toBe(200);
  expect((await get('/_fanops/other')).status).toBe(404);
  expect((await ask(host().url, '/_fanops/metrics', { method: 'POST' })).status).toBe(404);
});

it('the address of this machine counts as this machine', async () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((found) => found && !found.internal && found.family === 'IPv4')?.address;
  if (!address) return; // a machine without a network
  const own = await startFixture('edge-http', { args: ['--host', '0.0.0.0'] });
  const url = own.url.replace('0.0.0.0', address);
  expect((await ask(url, '/_fanops/metrics')).status).toBe(200);
});

it('calls, errors, running and the histogram count per function', async () => {
  for (let i = 0; i < 3; i++) await get('/api/noRoute');
  await get('/api/throws');
  const lines = await waitFor('the last call to be counted', async () => {
    const seen = await metrics();
    return value(seen, 'fanops_function_errors_total{function="throws",trigger="http",process="0"}') === 1 && seen;
  });
  const labels = 'function="noRoute",trigger="http"';
  expect(value(lines, `fanops_function_calls_total{${labels},process="0"}`)).toBe(3);
  expect(value(lines, `fanops_function_errors_total{${labels},process="0"}`)).toBe(0);
  expect(value(lines, `fanops_function_running{${labels},process="0"}`)).toBe(0);
  expect(value(lines, `fanops_function_duration_seconds_bucket{${labels},le="+Inf",process="0"}`)).toBe(3);
  expect(value(lines, `fanops_function_duration_seconds_count{${labels},process="0"}`)).toBe(3);
  expect(value(lines, 'fanops_function_state{function="slashed",state="error"}')).toBe(1);
  expect(value(lines, `fanops_host_info{app="edge-http",version="${version}",release="r\\"1\\\\"}`)).toBe(1);
  expect(value(lines, 'process_resident_memory_bytes{process="0"}')).toBeGreaterThan(1e7);
});

it('the text is well formed: one HELP and TYPE per family, before its samples', async () => {
  const text = await get('/_fanops/metrics');
  expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  let family = '';
  for (const line of text.body.trimEnd().split('\n')) {
    family = /^# HELP (\S+) \S/.exec(line)?.[1] ?? family;
    const sample = new RegExp(`^${family}(_bucket|_sum|_count)?(\\{[^\\n]*\\})? (\\d|\\+Inf)`);
    expect(line).toMatch(line.startsWith('#') ? /^# (HELP|TYPE) \S+ \S/ : sample);
  }
  const helps = text.body.match(/^# HELP \S+/gm) ?? [];
  expect(new Set(helps).size).toBe(helps.length);
});

it('the lag of a timer is there once it ran', async () => {
  const lag = await waitFor(
    'a timer to run',
    async () =>
      value(await metrics(), 'fanops_timer_lag_seconds{function="ticks",trigger="timer",process="0"}') !== undefined,
  );
  expect(lag).toBe(true);
});

it('processes that share a state folder answer for each other, each under its number, and leave nothing behind', async () => {
  const state = tempDir();
  const start = (instance: string): Promise<TestHost> =>
    startFixture('edge-root', { args: ['--state', state], env: { NODE_APP_INSTANCE: instance } });
  const [one, two] = await Promise.all([start('0'), start('1')]);
  await ask(one.url, '/a');
  await ask(two.url, '/a');
  await ask(two.url, '/a');
  const calls = (lines: string[], process: string): number | undefined =>
    value(lines, `fanops_function_calls_total{function="zEverything",trigger="http",process="${process}"}`);
  for (const { url } of [one, two]) {
    const lines = await metrics(url);
    expect([calls(lines, '0'), calls(lines, '1')]).toEqual([1, 2]);
  }
  two.process.kill('SIGKILL');
  await waitFor('it to end', () => two.process.exitCode !== null || two.process.signalCode !== null);
  expect(calls(await metrics(one.url), '1')).toBeUndefined();
  expect(await one.stop()).toBe(0);
  expect(readdirSync(state).filter((name) => name.startsWith('metrics.'))).toEqual([]);
});
