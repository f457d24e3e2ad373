import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startFixture, type TestHost } from '../helpers/host.js';
import { withKeys } from './public-apps.js';

const seen = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

/** Sends bytes as they are and gives all that comes back until the connection ends. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket
      .on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}

const functions = ['seen', 'none', 'keyed', 'throws', 'nothing', 'large'];

const start = (mode: string, args: string[] = [], env: Record<string, string> = {}): Promise<TestHost> =>
  startFixture(`suite-${mode}`, { args, env });

describe.each(['buffered', 'streamed'])('in %s mode', (mode) => {
  it('[2.1-11, 3.11-2, 3.11-3] headers of host.json are on every answer, and those of the frame on none', async () => {
    const { url } = await start(mode);
    const paths = ['/', '/admin/host/ping', '/admin/host/status', ...functions.map((name) => `/api/${name}`)];
    for (const path of paths) {
      const { headers } = await fetch(url + path);
      expect([path, headers.get('x-frame-options')]).toEqual([path, 'DENY']);
      for (const name of ['x-powered-by', 'etag', 'content-encoding'])
        expect([path, name, headers.get(name)]).toEqual([path, name, null]);
      expect([path, headers.get('x-set')]).toEqual([path, path === '/api/seen' ? 'by the function' : 'by host.json']);
    }
  });

  it('[3.4-5, 3.4-10, 3.4-13, 2.4-3, 2.4-4] keys, in the order of route, key, disabled, function', async () => {
    const { args, master, host } = withKeys();
    const { url } = await start(mode, args, { 'AzureWebJobs.off.Disabled': 'TRUE' });
    const status = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
      const answer = await fetch(url + path, { headers });
      return answer.status;
    };
    expect(await status('/api/keyed')).toBe(401);
    expect([await status(`/api/keyed?code=${host}`), await status('/api/keyed?code=wrong')]).toEqual([200, 401]);
    expect(await status(`/api/keyed?code=${host}`, { 'x-functions-key': 'wrong' })).toBe(401);
    expect(await status(`/api/keyed?code=${host}`, { 'x-functions-key': '' })).toBe(401);
    expect(await status('/api/off')).toBe(401);
    expect([await status(`/api/off?code=${host}`), await status(`/api/off?code=${master}`)]).toEqual([404, 200]);
    expect(await status(`/api/none?code=${master}`)).toBe(404);
    const shown = await seen(await fetch(`${url}/api/seen?code=any`, { headers: { 'x-functions-key': 'other' } }));
    expect([shown.code, shown.key]).toEqual(['any', 'other']);
  });

  it('[3.5-2, 3.5-3, 3.5-13] the url is the public one, and no header of Azure is made up', async () => {
    const { url } = await start(mode);
    const shown = await seen(
      await fetch(`${url}/api/seen/a%20b?x=1&y=%2F`, { headers: { 'x-forwarded-proto': 'https' } }),
    );
    expect(shown).toMatchObject({ url: `https://${new URL(url).host}/api/seen/a%20b?x=1&y=%2F`, id: 'a b', names: [] });
    const disguised = await fetch(`${url}/api/seen`, {
      headers: { 'x-forwarded-proto': 'https', 'disguised-host': 'www.example.com' },
    });
    expect(await seen(disguised)).toMatchObject({ url: 'https://www.example.com/api/seen' });
  });

  it('[3.2-4] HEAD answers without a body where it is listed, and is 404 where it is not', async () => {
    const { url } = await start(mode);
    const listed = await fetch(`${url}/api/seen`, { method: 'HEAD' });
    expect([listed.status, await listed.text()]).toEqual([200, '']);
    expect((await fetch(`${url}/api/keyed`, { method: 'HEAD' })).status).toBe(404);
  });

  it('[3.9-1, 3.9-2, 3.6-9, 3.6-10, 1.9-2] failures are 500 and say nothing; statuses without a body have none', async () => {
    const { url, stderr } = await start(mode);
    for (const path of ['throws', 'number', 'status?of=600', 'status?of=150']) {
      const response = await fetch(`${url}/api/${path}`);
      expect([path, response.status, await response.text()]).toEqual([path, 500, '']);
    }
    expect(stderr()).toContain('secret of the app');
    for (const status of [204, 205, 304]) {
      const response = await fetch(`${url}/api/status?of=${status}&body=text`);
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
    const nothing = await fetch(`${url}/api/nothing`);
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
  });

  it('[3.9-3] a function that never ends is 500 at its timeout', async () => {
    const { url } = await start(mode);
    expect((await fetch(`${url}/api/never`)).status).toBe(500);
  });

  it("[3.10-5, 3.10-6, 3.10-7] CORS headers are on functions' answers, and a preflight needs no key", async () => {
    const { url } = await start(mode, [], {
      CORS_ALLOWED_ORIGINS: '["https://a.example"]',
      CORS_SUPPORT_CREDENTIALS: 'true',
    });
    const origin = { origin: 'https://a.example' };
    const { headers } = await fetch(`${url}/api/seen`, { headers: origin });
    expect(headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect([headers.get('access-control-allow-credentials'), headers.get('vary')]).toEqual(['true', 'Origin']);
    const other = await fetch(`${url}/api/seen`, { headers: { origin: 'https://b.example' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${url}/api/keyed`, {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-a, x-b' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'x-a, x-b']);
  });
});

it('[3.5-12] buffered: a body over the limit is 413, with a length and without one', async () => {
  const { url } = await start('buffered', [], { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' });
  expect((await fetch(`${url}/api/seen`, { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413);
  expect((await fetch(`${url}/api/seen`, { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(200);
  const chunk = `${(2000).toString(16)}\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`;
  const chunked = await raw(
    url,
    `POST /api/seen HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`,
  );
  expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
});

it('[3.5-6, 3.5-8] buffered: duplicate query keys are joined, and there is a body only where there are bytes', async () => {
  const { url } = await start('buffered');
  expect(await seen(await fetch(`${url}/api/seen?dupe=1&dupe=2`))).toMatchObject({
    dupe: ['1,2'],
    has: false,
    body: '',
  });
  expect(await seen(await fetch(`${url}/api/seen`, { method: 'POST', body: '' }))).toMatchObject({ has: false });
  expect(await seen(await fetch(`${url}/api/seen`, { method: 'POST', body: 'b' }))).toMatchObject({
    has: true,
    body: 'b',
  });
});

it('[1.7-4, 1.7-7, 1.7-8, 1.7-9] streamed: each duplicate, no hop-by-hop headers, the invocation id, cookies of the library', async () => {
  const { url } = await start('streamed');
  const shown = await fetch(`${url}/api/seen?dupe=1&dupe=2`);
  expect(shown.headers.get('x-ms-invocation-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect((await seen(shown)).dupe).toEqual(['1', '2']);
  const { headers } = await fetch(`${url}/api/hops`);
  expect([headers.get('x-gone'), headers.get('x-stays')]).toEqual([null, '1']);
  expect((await fetch(`${url}/api/cookies`)).headers.getSetCookie()).toEqual(['a=c%20d; Max-Age=5; SameSite=Lax']);
});

it('[3.8-1, 3.8-2, 3.8-3] buffered: cookies are those of the host', async () => {
  const { url } = await start('buffered');
  expect((await fetch(`${url}/api/cookies`)).headers.getSetCookie()).toEqual([
    'a=c%20d; max-age=5; path=/; samesite=lax',
  ]);
});

it('odd requests are answered and harm nobody', async () => {
  const { url, process: host } = await start('buffered');
  const odd: [string, string, string][] = [
    ['TRACE /api/seen', 'h', '404'],
    ['GET http://h/api/seen', 'h', '200'],
    ['GET /api/seen?a=%zz', 'h', '200'],
    ['GET /api/seen/%ff', 'h', '200'],
    ['GET /api/seen', 'h\r\nCookie: a=\x01', '400'],
    ['GET /api/seen', '"><b>', '400'],
  ];
  for (const [line, host, status] of odd) {
    const text = await raw(url, `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect([line, /^HTTP\/1\.1 (\d+)/.exec(text)?.[1]]).toEqual([line, status]);
  }
  expect((await fetch(`${url}/api/seen`)).status).toBe(200);
  expect(host.exitCode).toBeNull();
});
