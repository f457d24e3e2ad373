import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccessLog } from '../src/access-log.js';
import type { AccessEntry } from '../src/exchange.js';
import { parsePosition } from '../src/log-position.js';
import { routeKey } from '../src/route-key.js';
import { markLog, readStatsFrom } from '../src/stats.js';
import { tempDir, until } from './helpers.js';

let number = 0;
const line = (change: Partial<AccessEntry> = {}): string => {
  const entry = {
    time: new Date(Date.UTC(2026, 0, 1)).toISOString(),
    service: 'm1',
    placement: 'vm',
    method: 'GET',
    path: '/api/a',
    status: 200,
    ms: 5,
    bytes: 2,
  };
  return `${JSON.stringify({ ...entry, requestId: `r${(number += 1)}`, ...change })}\n`;
};
const lines = (count: number): string => Array.from({ length: count }, () => line()).join('');
const from = async (dir: string, position: string) => {
  const { complete, gap, services } = await readStatsFrom(dir, parsePosition(position), 'm1');
  return { complete, gap, requests: services.m1?.placements.vm?.requests ?? 0 };
};
const WHOLE = { complete: true, gap: undefined };

test('what is logged behind a mark is counted, whatever times the entries bear', async () => {
  const dir = await tempDir();
  const log = join(dir, 'access.log');
  await writeFile(log, lines(7));
  const { position, time } = await markLog(dir);
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5000);
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 0 });
  // The host's clock is set back and forth meanwhile.
  await appendFile(log, line({ time: '2020-01-01T00:00:00.000Z' }) + line({ time: '2030-01-01T00:00:00.000Z' }));
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 2 });
});

test('a mark holds through rotations, in a log without a line, and before there is a log', async () => {
  const dir = await tempDir();
  const log = join(dir, 'access.log');
  const none = (await markLog(dir)).position;
  await writeFile(log, lines(3));
  const { position } = await markLog(dir);
  await appendFile(log, lines(2));
  await rename(log, `${log}.1`);
  await writeFile(log, '');
  const between = (await markLog(dir)).position;
  await appendFile(log, lines(4));
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 6 });
  expect(await from(dir, between)).toEqual({ ...WHOLE, requests: 4 });
  expect(await from(dir, none)).toEqual({ ...WHOLE, requests: 9 });
});

test('a line that is being written when the mark is set counts once it is whole', async () => {
  const dir = await tempDir();
  const log = join(dir, 'access.log');
  const [half, rest] = [line().slice(0, 40), line()];
  await writeFile(log, lines(1) + half);
  const { position } = await markLog(dir);
  await writeFile(log, (await readFile(log, 'utf8')).slice(0, -half.length) + rest);
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 1 });
});

test('a position that was rotated away, truncated or replaced counts nothing, and says so', async () => {
  const gone = { complete: false, gap: 'the access log was rotated away or replaced since', requests: 0 };
  const dir = await tempDir();
  const log = join(dir, 'access.log');
  await writeFile(log, lines(3));
  const { position } = await markLog(dir);
  await writeFile(log, line());
  expect(await from(dir, position)).toEqual(gone);
  await writeFile(log, lines(9));
  expect(await from(dir, position)).toEqual(gone);
  await rm(log);
  expect(await from(dir, position)).toEqual(gone);

  const empty = (await markLog(dir)).position;
  for (let age = 0; age <= 5; age += 1) await writeFile(age === 0 ? log : `${log}.${age}`, lines(1));
  expect(await from(dir, empty)).toEqual(gone);
});

test('lost entries and torn lines behind a mark make its figures incomplete; those before it do not', async () => {
  const dir = await tempDir();
  const log = join(dir, 'access.log');
  const lost = `${JSON.stringify({ time: new Date().toISOString(), lost: 3 })}\n`;
  await writeFile(log, `${lost}{"time":"2026-0\n${lines(1)}`);
  const { position } = await markLog(dir);
  await appendFile(log, lines(2));
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 2 });
  await appendFile(log, `{"time":"2026-0${lines(1)}`);
  expect(await from(dir, position)).toEqual({
    complete: false,
    gap: 'a line of the access log cannot be read',
    requests: 2,
  });
  const later = (await markLog(dir)).position;
  await appendFile(log, `\n${lost}`);
  expect(await from(dir, later)).toEqual({
    complete: false,
    gap: '3 entries could not be written to the access log',
    requests: 0,
  });
});

test('while the log is written and rotated under it, no entry is missed', async () => {
  const dir = await tempDir();
  const log = await AccessLog.open(dir, '2K');
  const entry = JSON.parse(line()) as AccessEntry;
  log.write(entry);
  await until('the first entry', async () =>
    (await readFile(join(dir, 'access.log'), 'utf8')).includes(entry.requestId),
  );
  const { position } = await markLog(dir);
  for (let n = 1; n <= 24; n += 1) {
    log.write(JSON.parse(line()) as AccessEntry);
    if (n % 6 === 0) await until('the entries', async () => (await from(dir, position)).requests === n);
  }
  await log.close();
  expect(await from(dir, position)).toEqual({ ...WHOLE, requests: 24 });
});

test.each(['x', '5:', '0:00', `-1:${'0'.repeat(64)}`, `5:${'g'.repeat(64)}`])('%j is no position', (text) => {
  expect(() => parsePosition(text)).toThrow('no position');
});

test('answers are counted by status for each route, where what differs between requests is one', async () => {
  const dir = await tempDir();
  await writeFile(
    join(dir, 'access.log'),
    [
      line({ path: '/api/Gates/1234/open', status: 401 }),
      line({ path: '/api/gates/777888/open' }),
      line({ status: 502, error: 'ECONNREFUSED' }),
      line({ status: 499, client: 'aborted' }),
      line({ method: 'POST', path: '/api/a', status: 302 }),
    ].join(''),
  );
  const { services } = await readStatsFrom(dir, parsePosition('0:'), 'm1');
  expect(services.m1?.placements.vm).toMatchObject({
    requests: 5,
    errors: 1,
    clientErrors: 1,
    unanswered: 1,
    aborted: 1,
    statuses: { 200: 1, 302: 1, 401: 1, 499: 1, 502: 1 },
    routes: {
      'GET /api/gates/*/open': { statuses: { 200: 1, 401: 1 }, unanswered: 0, aborted: 0 },
      'GET /api/a': { statuses: { 499: 1, 502: 1 }, unanswered: 1, aborted: 1 },
      'POST /api/a': { statuses: { 302: 1 }, unanswered: 0, aborted: 0 },
    },
  });
});

test.each([
  ['/', 'GET /'],
  ['/api/flow/status', 'GET /api/flow/status'],
  ['/api/v2/items/42', 'GET /api/v2/items/*'],
  ['//a//B/', 'GET /a/b'],
  ['/u/4f2a90c1-8a7b-4c1d-9e0f-001122334455', 'GET /u/*'],
  ['/u/someone@example.com', 'GET /u/*'],
  [`/${'a/'.repeat(20)}`, `GET /${'a/'.repeat(8)}*`],
])('the route of %s is %s', (path, route) => {
  expect(routeKey('GET', path)).toBe(route);
});
