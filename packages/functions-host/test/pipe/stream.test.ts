import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect, it } from 'vitest';
import { running } from '../edge/running.js';
import { send } from './servers.js';

const host = running('pipe-stream', { env: { FANOPS_STREAM_IDLE_SECONDS: '1' } });

it('[1.7-2, 1.7-6, 1.7-7, 1.7-8, 1.7-9] address, params, headers that stay on the connection, cookies of the library', async () => {
  const { status, headers, body } = await send(`${host().url}/api/echo?q=1&code=k`, {
    method: 'POST',
    body: 'sent',
    headers: { host: 'inner', 'disguised-host': 'shop.example', 'x-forwarded-proto': 'https' },
  });
  expect([status, body.toString()]).toEqual([201, 'sent']);
  expect([headers['x-url'], headers['x-params'], headers['x-kept']]).toEqual([
    'https://shop.example/api/echo?q=1&code=k',
    '{"q":"1"}',
    'yes',
  ]);
  expect([headers['x-secret'], headers['keep-alive'] === 'timeout=99', headers['set-cookie']]).toEqual([
    undefined,
    false,
    ['c=a%20b; Max-Age=5; HttpOnly; SameSite=Lax'],
  ]);
  expect(headers['x-ms-invocation-id']).toMatch(/^[0-9a-f-]{36}$/);
});

it('[1.7-1] GET, HEAD and chunked bodies', async () => {
  expect((await send(`${host().url}/api/echo`)).body.toString()).toBe('');
  expect(await send(`${host().url}/api/echo`, { method: 'HEAD' })).toMatchObject({
    status: 201,
    body: Buffer.alloc(0),
  });
  expect(
    (await send(`${host().url}/api/echo`, { method: 'POST', body: 'chunky', chunked: true })).body.toString(),
  ).toBe('chunky');
  expect((await send(`${host().url}/api/echo`, { method: 'PUT' })).status).toBe(404);
});

it('[1.7-11] what throws, fails or returns nothing is answered at once; an answer that breaks off is cut', async () => {
  const answer = async (name: string): Promise<unknown> => {
    const { status, body } = await send(`${host().url}/api/${name}`);
    return [name, status, body.toString()];
  };
  for (const name of ['throws', 'primitive']) expect(await answer(name)).toEqual([name, 500, '']);
  for (const name of ['nothing', 'null']) expect(await answer(name)).toEqual([name, 204, '']);
  await expect(send(`${host().url}/api/late`)).rejects.toThrow();
  expect((await send(`${host().url}/api/echo`)).status).toBe(201);
});

it('[1.7-10] a connection without a byte for the time that is set (240 s by default) is ended', async () => {
  const begun = performance.now();
  const cut = new Promise<string>((resolve) => {
    const req = request(`${host().url}/api/up`, { method: 'POST' }, (res) => {
      res.resume();
      res.on('end', () => resolve(String(res.statusCode)));
    });
    req.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    req.write('the rest never comes');
  });
  expect(await cut).toMatch(/^(?:500|ECONNRESET)$/);
  expect(performance.now() - begun).toBeGreaterThan(900);
});

const limited = running('pipe-stream', { env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' } });

it('[3.5-12] a limit that the setting names holds for streams too: 413 by the length, and a chunked body breaks off', async () => {
  expect((await send(`${limited().url}/api/up`, { method: 'POST', body: Buffer.alloc(1000) })).status).toBe(200);
  expect((await send(`${limited().url}/api/up`, { method: 'POST', body: Buffer.alloc(1001) })).status).toBe(413);
  expect(
    (await send(`${limited().url}/api/up`, { method: 'POST', body: Buffer.alloc(1001), chunked: true })).status,
  ).toBe(500);
});

const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${host().pid}/status`, 'utf8'))?.[1]) / 1024;

it.runIf(process.platform === 'linux')(
  '[1.7-3] bodies of 100 MB do not stay in memory, also where the client reads slowly and the source never waits',
  async () => {
    await send(`${host().url}/api/echo`, { method: 'POST', body: 'warm' });
    const before = rss();
    for (const kind of ['web', 'class', 'generator', 'node'])
      expect(await download(`${host().url}/api/down/${kind}/100`)).toBe(100 * 2 ** 20);
    const sent = await send(`${host().url}/api/up`, { method: 'POST', body: Buffer.alloc(100 * 2 ** 20) });
    expect(JSON.parse(sent.body.toString())).toEqual({ bytes: 100 * 2 ** 20 });
    expect(rss() - before).toBeLessThan(100);
  },
);

/** Reads with a pause after every 16 MB. */
function download(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, (res) => {
      let bytes = 0;
      let pause = 16 << 20;
      res.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes < pause) return;
        pause += 16 << 20;
        res.pause();
        setTimeout(() => res.resume(), 20);
      });
      res.on('end', () => resolve(bytes)).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
