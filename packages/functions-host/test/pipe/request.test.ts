import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { running } from '../edge/running.js';
import { waitFor } from '../helpers/wait.js';
import { send } from './servers.js';

const host = running('pipe-v4', { env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' } });
const strict = running('pipe-v4', { env: { FANOPS_STRICT_CHUNKED: '1' } });

const json = async (path: string, sent: Parameters<typeof send>[1] = {}): Promise<unknown> =>
  JSON.parse((await send(`${host().url}/api/read/${path}`, sent)).body.toString());

it('[3.5-2, 3.5-3] scheme and host of the public address: X-Forwarded-Proto and DISGUISED-HOST, else Host', async () => {
  const parts = async (headers: Record<string, string>): Promise<string> =>
    ((await json('parts', { headers })) as { url: string }).url;
  const host = 'inner.example';
  expect(await parts({ host })).toBe('http://inner.example/api/read/parts');
  expect(await parts({ host, 'x-forwarded-proto': 'https' })).toBe('https://inner.example/api/read/parts');
  expect(await parts({ host, 'x-forwarded-proto': 'https,http', 'disguised-host': 'shop.example' })).toBe(
    'https://shop.example/api/read/parts',
  );
  expect(await parts({ host, 'x-forwarded-proto': 'gopher', 'disguised-host': 'a b' })).toBe(
    'http://inner.example/api/read/parts',
  );
});

it('[3.5-4, 3.5-5] several headers of a name, cookies, empty values, names like members of Object', async () => {
  const answer = await send(`${host().url}/api/read/headers`, {
    headers: { 'X-Test': ['a', 'b'], cookie: 'a=1; b="2"', 'x-empty': '', constructor: 'c', __proto__: 'p' },
  });
  expect(JSON.parse(answer.body.toString())).toMatchObject({ own: true, same: true, x: 'a,b' });
  expect((JSON.parse(answer.body.toString()) as { all: string[] }).all).toEqual(
    expect.arrayContaining(['constructor', 'cookie', 'x-empty']),
  );
});

it("[3.5-13] nothing of Azure's front end is made up", async () => {
  const { all } = (await json('headers', { headers: { host: 'h' } })) as { all: string[] };
  expect(all).toEqual(['connection', 'host']);
});

it('[3.5-12] over the limit is 413, by length and by chunks, and the client may finish sending', async () => {
  const sizes: [number, number][] = [
    [1000, 200],
    [1001, 413],
    [300_000, 413],
  ];
  for (const [size, status] of sizes) {
    for (const chunked of [false, true]) {
      const answer = await send(`${host().url}/api/read/buffer`, { method: 'POST', body: 'x'.repeat(size), chunked });
      expect([size, chunked, answer.status]).toEqual([size, chunked, status]);
    }
  }
});

it('[3.5-9] strict: a chunked body is not there', async () => {
  const answer = await send(`${strict().url}/api/read/text`, { method: 'POST', body: 'lost', chunked: true });
  expect(JSON.parse(answer.body.toString())).toEqual([false, '', false, '']);
});

it('[3.2-2] HEAD reaches only a function that lists it, and has no body', async () => {
  const listed = await send(`${host().url}/api/result/json`, { method: 'HEAD' });
  expect([listed.status, listed.headers['content-type'], listed.body.length]).toEqual([200, 'application/json', 0]);
  expect((await send(`${host().url}/api/slow`, { method: 'HEAD' })).status).toBe(404);
});

it('[3.9-2] an answer that cannot be sent is a bare 500, without the headers it had', async () => {
  const answer = await send(`${host().url}/api/result/headersUnicode`);
  const { date: _date, connection: _connection, ...headers } = answer.headers;
  expect([answer.status, headers, answer.body.length]).toEqual([500, { 'x-host': 'custom', 'content-length': '0' }, 0]);
});

it('[3.9-8] a client that goes away does not end the invocation', async () => {
  const { port } = new URL(host().url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /api/slow HTTP/1.1\r\nHost: h\r\n\r\n');
  await waitFor('the function to begin', () => host().stderr().includes("Executing 'slow'"));
  socket.destroy();
  await waitFor('the function to end', () => /Executed 'slow' \(Succeeded/.test(host().stderr()));
});
