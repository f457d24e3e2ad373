import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spawnHost, fixture, startFixture, tempDir, type TestHost } from './helpers/host.js';

const keys = {
  functionKeys: { default: 'host-key' },
  masterKey: 'master-key',
  systemKeys: {},
  functions: { secured: { mine: 'own-key' }, text: { x: 'text-key' } },
};

async function startHttp(): Promise<TestHost> {
  const dir = tempDir();
  writeFileSync(join(dir, 'keys.json'), JSON.stringify(keys));
  writeFileSync(join(dir, 'app.env'), 'PLANTED_SECRET=planted-value-1\nAzureWebJobs_switchedOff_Disabled=1\n');
  return startFixture('http', {
    args: ['--keys', join(dir, 'keys.json'), '--env-file', join(dir, 'app.env')],
    env: { FANOPS_SERVICE: 'm1', FANOPS_RELEASE: 'r7', 'AzureWebJobs.alsoOff.Disabled': 'true' },
  });
}

async function status(host: TestHost, path: string, init?: RequestInit): Promise<number> {
  return (await fetch(host.url + path, init)).status;
}

describe('HTTP functions', () => {
  it('3.5 the request: forwarded scheme, joined duplicates, params, body; 1.5 the current folder is the app', async () => {
    const host = await startHttp();
    const headers = { 'x-forwarded-proto': 'https', 'x-test': 'v' };
    const answer = await fetch(`${host.url}/api/echo/7?a=1&a=2&e=`, { method: 'POST', body: 'text', headers });
    const echo = (await answer.json()) as Record<string, unknown>;
    const query = { a: '1,2', e: '' };
    expect(echo).toMatchObject({
      method: 'POST',
      params: { id: '7' },
      query,
      header: 'v',
      body: 'text',
      cwd: fixture('http'),
    });
    expect(echo.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/api\/echo\/7\?a=1&a=2&e=$/);
  });

  it('3.6 responses: 204 for undefined, 200 for {}, fetch content types, 500 for a primitive', async () => {
    const host = await startHttp();
    expect(await status(host, '/api/nothing')).toBe(204);
    const empty = await fetch(`${host.url}/api/empty`);
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    expect((await fetch(`${host.url}/api/text`)).headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    const bytes = await fetch(`${host.url}/api/bytes`);
    expect([bytes.status, bytes.headers.get('content-type'), (await bytes.arrayBuffer()).byteLength]).toEqual([
      201,
      null,
      3,
    ]);
    expect(await status(host, '/api/primitive')).toBe(500);
  });

  it('3.9 a throw is 500 with an empty body; 3.11 no X-Powered-By and no ETag; 2.1 customHeaders yield to the function', async () => {
    const host = await startHttp();
    const thrown = await fetch(`${host.url}/api/throws`);
    expect([thrown.status, await thrown.text()]).toEqual([500, '']);
    expect(host.stderr()).toContain('secret detail');
    const text = await fetch(`${host.url}/api/text`);
    expect([text.headers.get('x-powered-by'), text.headers.get('etag'), text.headers.get('x-from')]).toEqual([
      null,
      null,
      'host',
    ]);
    const missing = await fetch(`${host.url}/nope`);
    expect([missing.status, await missing.text(), missing.headers.get('x-content-type-options')]).toEqual([
      404,
      '',
      'nosniff',
    ]);
    expect((await fetch(`${host.url}/api/echo`)).headers.get('x-from')).toBe('function');
  });

  it('3.8 cookies as ASP.NET writes them', async () => {
    const host = await startHttp();
    expect((await fetch(`${host.url}/api/cookies`)).headers.getSetCookie()).toEqual([
      'a=x%20y; max-age=5; path=/; secure; samesite=lax; httponly',
      'b=2; path=/p; samesite=none',
    ]);
  });

  it('3.5 a chunked body is read (lenient), and 3.5 dropped with FANOPS_STRICT_CHUNKED as on Azure', async () => {
    const bodies: string[] = [];
    const environments: Record<string, string>[] = [{}, { FANOPS_STRICT_CHUNKED: '1' }];
    for (const env of environments) {
      const host = await startFixture('http', { env });
      bodies.push(((await (await postChunked(`${host.url}/api/echo`, 'chunky')).json()) as { body: string }).body);
    }
    expect(bodies).toEqual(['chunky', '']);
  });

  it('3.5 a body over the limit is 413', async () => {
    const host = await startFixture('http', { env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10' } });
    expect(await status(host, '/api/echo', { method: 'POST', body: 'x'.repeat(11) })).toBe(413);
  });

  it('health names app, release and each function; one in error makes it degraded', async () => {
    const host = await startHttp();
    const answer = await fetch(`${host.url}/_fanops/health`);
    const health = (await answer.json()) as { functions: { name: string; state: string }[] };
    expect([answer.status, health]).toMatchObject([
      503,
      { status: 'degraded', app: 'm1', release: 'r7', pid: host.process.pid },
    ]);
    const states = Object.fromEntries(health.functions.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      grid: 'error',
      reserved: 'error',
      conflictB: 'error',
      switchedOff: 'disabled',
      text: 'ready',
    });
  });

  it('2.1 log levels, 7 user log category; values of --env-file never reach the log', async () => {
    const host = await startHttp();
    const id = await (await fetch(`${host.url}/api/logs`)).text();
    const lines = host
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    const said = lines.find((line) => line.category === 'Function.logs.User');
    expect(said).toMatchObject({ invocationId: id, message: 'said [PLANTED_SECRET]', level: 'information' });
    expect(host.stderr()).not.toContain('planted-value-1');
    expect(host.stderr()).not.toContain('not shown');
  });
});

describe('start of the app', () => {
  it('1.5 an entry point that throws blocks the app: exit code 1, said on stderr, no ready line, no secret', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'app.env'), 'PLANTED_SECRET=planted-value-2\n');
    const { exited, stdout, stderr } = spawnHost(['--root', fixture('broken'), '--env-file', join(dir, 'app.env')]);
    expect(await exited).toBe(1);
    expect(stdout()).toBe('');
    expect(stderr()).toContain('src/index.js failed to load');
    expect(stderr()).not.toContain('planted-value-2');
  });

  it('1.2 an ES module app with top-level await runs; 3.2 app.get is GET only', async () => {
    const host = await startFixture('esm');
    expect(await (await fetch(`${host.url}/api/esm`)).text()).toBe('from an ES module');
    expect(await status(host, '/api/esm', { method: 'POST' })).toBe(404);
    expect(await status(host, '/_fanops/health')).toBe(200);
  });
});

function postChunked(url: string, body: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: 'POST' }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: res.statusCode ?? 0 })));
    });
    req.on('error', reject);
    req.write(body);
    req.end();
  });
}
