import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { startFixture } from '../helpers/host.js';

/**
 * Functions with nothing but trigger and answer go a shorter way through the host (http/direct). The same app runs twice here, the second
 * time with an output on each function that it does not use, which leaves calls and requests to the app's library: both must give the same.
 */
async function bothWays(): Promise<string[]> {
  const env = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };
  const short = await startFixture('suite-two-ways', { env });
  const long = await startFixture('suite-two-ways', { env: { ...env, LIBRARY_ONLY: '1' } });
  return [short.url, long.url];
}

/** All that a client sees; the host's own name is taken out. */
async function answer(url: string, path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url + path, { redirect: 'manual', ...init });
  const headers = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
  const body = Buffer.from(await response.arrayBuffer())
    .toString('latin1')
    .replaceAll(new URL(url).host, 'HOST');
  return { status: response.status, headers, body };
}

const names = async (url: string): Promise<{ results: string[]; looks: string[] }> =>
  (await (await fetch(`${url}/api/names`)).json()) as { results: string[]; looks: string[] };

it('[3.6-2, 3.6-3, 3.6-4, 3.6-5, 3.6-6, 3.6-7, 3.6-8, 3.6-9, 3.6-10, 3.6-11] every kind of result is the same on both ways', async () => {
  const [short = '', long = ''] = await bothWays();
  const { results } = await names(short);
  expect(results.length).toBeGreaterThan(60);
  for (const name of results) {
    const path = `/api/result/${name}`;
    expect({ name, answer: await answer(short, path) }).toEqual({ name, answer: await answer(long, path) });
  }
  expect(await answer(short, '/api/result/text')).toMatchObject({ status: 200, body: 'tÃ¤xt' });
});

const requests: [string, RequestInit][] = [
  ['?a=1&b=2&a=3', {}],
  [
    '?x=%2F&y=a+b&z',
    { headers: { 'X-A': 'one', 'x-ms-client-principal': Buffer.from('{"userId":"u"}').toString('base64') } },
  ],
  ['', { method: 'POST', body: '{"a":"ä"}', headers: { 'content-type': 'application/json' } }],
  ['', { method: 'POST', body: 'not json', headers: { 'content-type': 'application/json' } }],
  ['', { method: 'POST', body: new URLSearchParams({ a: '1', b: 'ä' }) }],
  ['', { method: 'POST', body: '\ufeffmark' }],
  ['', { method: 'PUT', body: new Uint8Array([255, 0, 195, 40]) }],
  ['', { method: 'DELETE' }],
  ['', { method: 'POST', body: '' }],
];

it('[3.5-6, 3.5-14, 3.5-15, 3.5-16, 3.5-17, 3.5-18] every look at a request is the same on both ways', async () => {
  const [short = '', long = ''] = await bothWays();
  const { looks } = await names(short);
  const different: unknown[] = [];
  for (const name of looks) {
    for (const [query, init] of requests) {
      const path = `/api/look/${name}/a%20b/c%2Fd${query}`;
      const answers = [await answer(short, path, init), await answer(long, path, init)];
      if (!isDeepStrictEqual(answers[0], answers[1])) different.push({ name, query, init, answers });
    }
  }
  expect(different).toEqual([]);
});
