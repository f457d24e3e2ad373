import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccessLog } from '../src/access-log.js';
import type { AccessEntry } from '../src/exchange.js';
import { Router } from '../src/router.js';
import { readStats } from '../src/stats.js';
import { backend, freePort, send, stateOf, tempDir, until } from './helpers.js';

const hour = (n: number): Date => new Date(Date.UTC(2026, 5, 1, n));
const entry = (time: Date, change: Partial<AccessEntry> = {}): AccessEntry => ({
  time: time.toISOString(),
  service: 'm1',
  placement: 'vm',
  method: 'GET',
  path: '/',
  status: 200,
  ms: 5,
  bytes: 2,
  requestId: 'r',
  ...change,
});
const text = (...entries: object[]): string => entries.map((each) => `${JSON.stringify(each)}\n`).join('');

test('the log and its statistics agree with what clients saw', async () => {
  const { url: azure } = await backend((req, res) => {
    if (req.url?.endsWith('/hang')) return;
    res.writeHead(Number(/\d+$/.exec(req.url ?? '')?.[0] ?? 200)).end('ok');
  });
  const dir = await tempDir();
  const log = await AccessLog.open(dir);
  const since = new Date();
  const state = stateOf([
    { name: 'azure', url: azure, weight: 80 },
    { name: 'vm', url: `http://127.0.0.1:${await freePort()}`, weight: 20 },
  ]);
  const router = await Router.start(state, (each) => log.write(each));
  const url = `http://127.0.0.1:${router.listen.port}`;
  const seen: Record<number, number> = {};
  for (let n = 0; n < 50; n += 1) {
    const { status } = await send(`${url}/api/flow/${[200, 404, 500, 200, 200, 404, 200][n % 7]}`);
    seen[status] = (seen[status] ?? 0) + 1;
  }
  expect(seen[502]).toBe(10);
  await router.apply({
    ...state,
    routes: [{ ...state.routes[0]!, placements: [{ name: 'azure', url: azure, weight: 1 }] }],
  });
  const hang = request(`${url}/api/flow/hang`, { agent: false })
    .on('error', () => undefined)
    .end();
  setTimeout(() => hang.destroy(), 20);
  await until('the aborted request in the log', async () =>
    (await readFile(join(dir, 'access.log'), 'utf8')).includes('"aborted"'),
  );
  await router.stop({ idleMs: 0, deadlineMs: 0, upgrades: true });
  await log.close();

  const lines = (await readFile(join(dir, 'access.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AccessEntry);
  expect(lines).toHaveLength(51);
  const { complete, services } = await readStats(dir, { since, until: new Date(Date.now() + 1) });
  const { azure: a, vm } = services.m1!.placements;
  expect(complete).toBe(true);
  expect(a).toMatchObject({ requests: 41, errors: seen[500], clientErrors: seen[404], aborted: 1 });
  expect(a?.statuses).toEqual({ 200: seen[200], 404: seen[404], 500: seen[500], 499: 1 });
  expect(vm).toMatchObject({ requests: 10, errors: 10, clientErrors: 0, aborted: 0, statuses: { 502: 10 } });
});

test('an entry counts when since <= time < until, and for the service asked for', async () => {
  const dir = await tempDir();
  const times = [0, 1, 2, 3].map((n) => entry(hour(n)));
  await writeFile(join(dir, 'access.log'), text(...times, entry(hour(2), { service: 'other' })));
  const count = async (from: number, to: number, service?: string) => {
    const { services } = await readStats(dir, { since: hour(from), until: hour(to), service });
    return Object.fromEntries(
      Object.entries(services).map(([name, { placements }]) => [name, placements.vm?.requests]),
    );
  };
  expect(await count(1, 3)).toEqual({ m1: 2, other: 1 });
  expect(await count(1, 3, 'm1')).toEqual({ m1: 2 });
  expect(await count(4, 5)).toEqual({});
});

test('latencies are nearest-rank percentiles of requests that ran to their end', async () => {
  const dir = await tempDir();
  const entries = Array.from({ length: 100 }, (_, n) => entry(hour(1), { ms: n + 1 }));
  const others = [
    entry(hour(1), { ms: 9000, client: 'aborted', status: 499 }),
    entry(hour(1), { ms: 90_000, upgrade: true, status: 101 }),
  ];
  await writeFile(join(dir, 'access.log'), text(...entries, ...others));
  const { services } = await readStats(dir, { since: hour(0), until: hour(2) });
  const { vm } = services.m1!.placements;
  expect(vm).toMatchObject({
    requests: 102,
    errors: 0,
    aborted: 1,
    latencyMs: { p50: 50, p95: 95, p99: 99, max: 100 },
  });
});

test('nothing to measure has no latency', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'access.log'), text(entry(hour(1), { status: 101, upgrade: true })));
  const { services } = await readStats(dir, { since: hour(0), until: hour(2) });
  expect(services.m1?.placements.vm).toMatchObject({ requests: 1, latencyMs: null });
});

test('the log rotates, keeps five, and statistics count over all of them', async () => {
  const dir = await tempDir();
  const log = await AccessLog.open(dir, '1K');
  const write = async (count: number, from: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) log.write(entry(new Date(hour(1).getTime() + from + n)));
    await until('the entries in the file', async () => {
      // A file may be renamed between its listing and its reading; the next look finds it.
      const files = await Promise.all(
        (await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8').catch(() => '')),
      );
      return files.some((content) => content.includes(new Date(hour(1).getTime() + from + count - 1).toISOString()));
    });
  };
  for (let round = 0; round < 3; round += 1) await write(10, round * 10);
  const whole = await readStats(dir, { since: hour(0), until: hour(2) });
  expect(whole).toMatchObject({ complete: true, services: { m1: { placements: { vm: { requests: 30 } } } } });
  expect((await readdir(dir)).length).toBeGreaterThan(2);

  for (let round = 3; round < 10; round += 1) await write(10, round * 10);
  await log.close();
  expect((await readdir(dir)).sort()).toEqual(['access.log', ...[1, 2, 3, 4, 5].map((n) => `access.log.${n}`)]);
  expect((await readStats(dir, { since: hour(0), until: hour(2) })).complete).toBe(false);
  const since = new Date(hour(1).getTime() + 70);
  const recent = await readStats(dir, { since, until: hour(2) });
  expect(recent).toMatchObject({ complete: true, services: { m1: { placements: { vm: { requests: 30 } } } } });
});

test('a line that a killed process left half is no line of the next one, and is told', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'access.log'), text(entry(hour(1))) + '{"time":"2026-06-01T01:0');
  const query = { since: hour(0), until: new Date(Date.now() + 3_600_000) };
  expect(await readStats(dir, query)).toMatchObject({
    complete: true,
    services: { m1: { placements: { vm: { requests: 1 } } } },
  });
  const log = await AccessLog.open(dir);
  log.write(entry(hour(1)));
  await log.close();
  expect(await readStats(dir, query)).toMatchObject({
    complete: false,
    services: { m1: { placements: { vm: { requests: 2 } } } },
  });
});

test('a line that a full disk tore makes the statistics of its own time incomplete, and of no other', async () => {
  const dir = await tempDir();
  const whole = (at: number): string => text(entry(hour(at)));
  await writeFile(join(dir, 'access.log'), `${whole(1)}${whole(2).slice(0, 50)}${whole(2)}${whole(3)}${whole(4)}`);
  expect(await readStats(dir, { since: hour(0), until: hour(2) })).toMatchObject({
    complete: true,
    services: { m1: { placements: { vm: { requests: 1 } } } },
  });
  expect(await readStats(dir, { since: hour(0), until: hour(5) })).toMatchObject({
    complete: false,
    services: { m1: { placements: { vm: { requests: 3 } } } },
  });
  expect(await readStats(dir, { since: hour(4), until: hour(5) })).toMatchObject({
    complete: true,
    services: { m1: { placements: { vm: { requests: 1 } } } },
  });
});

test('entries that were lost make the statistics of their time incomplete', async () => {
  const dir = await tempDir();
  await appendFile(join(dir, 'access.log'), text(entry(hour(1)), { time: hour(2).toISOString(), lost: 3 }));
  expect((await readStats(dir, { since: hour(0), until: hour(2) })).complete).toBe(true);
  expect((await readStats(dir, { since: hour(0), until: hour(3) })).complete).toBe(false);
});
