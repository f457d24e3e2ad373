import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultTimeouts, limits } from '../../src/limits.js';
import type { EngineName } from '../../src/state.js';
import type { Contract } from './contract.js';
import { shortTimeouts } from './contract.js';
import { until } from '../helpers.js';
import { RawConnection, rawRequest } from './raw.js';

/** What says so in the configuration of an engine that is a program of others. */
const inForce: Record<EngineName, string[]> = {
  embedded: [],
  nginx: [
    'client_header_timeout 60000ms;',
    'client_body_timeout 230000ms;',
    'keepalive_timeout 75000ms;',
    'proxy_connect_timeout 10000ms;',
    'proxy_read_timeout 230000ms;',
    'proxy_buffer_size 32k;',
    'client_max_body_size 0;',
  ],
  haproxy: [
    'timeout http-request 60000ms',
    'timeout client 230000ms',
    'timeout http-keep-alive 75000ms',
    'timeout connect 10000ms',
    'timeout server 230000ms',
    'tune.bufsize 131072',
  ],
};

async function configurationOf(engine: EngineName, dir: string): Promise<string> {
  if (engine === 'embedded') return '';
  const [process = ''] = (await readdir(join(dir, engine))).filter((name) => /^\d+$/.test(name));
  return readFile(join(dir, engine, process, engine === 'nginx' ? 'nginx.conf' : 'haproxy.cfg'), 'utf8');
}

/** What clients are told when no placement can answer, and how long is waited for what. */
export function failureContract({ engine, main, short }: Contract): void {
  const ask = (path: string, port = main().port, method = 'GET') =>
    rawRequest(port, `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n`);
  const json = (error: string): object => ({
    body: JSON.stringify({ error }),
    headers: expect.objectContaining({ 'content-type': 'application/json', 'x-request-id': expect.any(String) }),
  });

  test.each([
    ['/none', 404, 'no service has this path'],
    ['/off', 503, 'no placement of this service takes requests'],
    ['/refused', 502, 'placement vm of refused failed (BAD_GATEWAY)'],
    ['/app/reset', 502, 'placement vm of app failed (BAD_GATEWAY)'],
  ])('%s is %i, with a JSON body', async (path, status, error) => {
    expect(await ask(path, main().port, 'POST')).toMatchObject({ status, ...json(error) });
  });

  test('a request that no app can get is answered with JSON; HAProxy answers what its parser refuses with HTML', async () => {
    const refused = await rawRequest(main().port, 'GET / HTTP/1.1\r\nHost: a.example\r\nX A: b\r\n\r\n');
    expect(refused.headers['content-type']).toBe(engine === 'haproxy' ? 'text/html' : 'application/json');
    const unknown = await rawRequest(main().port, 'GET /app HTTP/1.1\r\n\r\n');
    expect(unknown).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
  });

  const after = async (name: keyof typeof shortTimeouts, began: number): Promise<void> => {
    const took = Date.now() - began;
    expect(took).toBeGreaterThan(shortTimeouts[name] - 100);
    expect(took).toBeLessThan(shortTimeouts[name] + 8_000);
  };

  test('headers that do not arrive are 408; nginx ends the connection without an answer', async () => {
    const began = Date.now();
    const connection = await RawConnection.open(short().port);
    connection.send('GET /app HTTP/1.1\r\nHost: a.exa');
    const { status, ended, text } = await connection.answer();
    await after('headerMs', began);
    if (engine === 'nginx') expect([text, ended]).toEqual(['', true]);
    else expect(status).toBe(408);
    expect(await connection.endsWithin(3_000)).toBe(true);
  });

  test('a client that stops within its body gets 408 and the placement no error; nginx ends the connection without an answer', async () => {
    const began = Date.now();
    const connection = await RawConnection.open(short().port);
    connection.send('POST /app/body?stops HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\npart');
    const { status, text } = await connection.answer();
    if (engine === 'nginx') expect(text).toBe('');
    else expect(status).toBe(408);
    await after('bodyMs', began);
    expect(await connection.endsWithin(3_000)).toBe(true);
    const line = await until('the line of the log', async () =>
      (await short().log()).find((each) => /app\\?\/body/.test(each)),
    );
    expect(JSON.parse(line)).toMatchObject({ service: 'app', placement: 'vm', status: 408 });
    expect(JSON.parse(line)).not.toHaveProperty('error');
  });

  test.each(['GET', 'POST'])('%s to a placement that does not take the connection is 504', async (method) => {
    const answer = await ask('/stuck', short().port, method);
    expect(answer).toMatchObject({ status: 504, ...json('placement vm of stuck did not answer in time (ETIMEDOUT)') });
    const line = await until('the line of the log', async () =>
      (await short().log()).findLast((each) => each.includes('stuck')),
    );
    expect(JSON.parse(line)).toMatchObject({
      service: 'stuck',
      placement: 'vm',
      status: 504,
      error: expect.stringContaining('TIME'),
    });
  });

  test('a placement that stays silent is 504', async () => {
    const began = Date.now();
    expect(await ask('/app/silent', short().port, 'POST')).toMatchObject({
      status: 504,
      ...json('placement vm of app did not answer in time (ETIMEDOUT)'),
    });
    await after('responseMs', began);
  });

  test('a placement that stops within its response ends the connection', async () => {
    const began = Date.now();
    expect(await ask('/app/stalls', short().port)).toMatchObject({ status: 200, body: 'part', ended: true });
    await after('responseMs', began);
  });

  test('a response that takes longer than any of them and never stays silent passes', async () => {
    expect(await ask('/app/drips', short().port)).toMatchObject({ status: 200, body: '1234' });
  });

  test('a connection without a request is ended', async () => {
    const connection = await RawConnection.open(short().port);
    connection.send('GET /app HTTP/1.1\r\nHost: a.example\r\n\r\n');
    await connection.answer();
    expect(await connection.endsWithin(200)).toBe(false);
    expect(await connection.endsWithin(shortTimeouts.keepAliveMs + 4_000)).toBe(true);
  });

  test('the defaults are those of docs/router.md', async () => {
    expect(defaultTimeouts).toEqual({
      headerMs: 60_000,
      bodyMs: 230_000,
      connectMs: 10_000,
      responseMs: 230_000,
      keepAliveMs: 75_000,
    });
    expect(limits).toMatchObject({
      requestHead: 32_768,
      requestHeaders: 1000,
      requestTarget: 16_384,
      responseHead: 32_768,
    });
    const lines = (await configurationOf(engine, main().dir)).split('\n').map((line) => line.trim());
    expect(lines).toEqual(expect.arrayContaining(inForce[engine]));
  });

  test('every line of the access log is JSON with a status of three digits', async () => {
    for (const router of [main(), short()]) {
      for (const line of await router.log())
        expect(JSON.parse(line)).toMatchObject({ status: expect.any(Number), path: expect.any(String) });
    }
  });
}
