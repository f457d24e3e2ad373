import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { noKeys } from '../../src/config/keys.js';
import { createHttpApp, type AppContext } from '../../src/http/app.js';
import { readHostConfig } from '../../src/config/host-json.js';
import { HostState } from '../../src/lifecycle/state.js';
import { fixture, startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { ask, running, type Answer } from './running.js';

const host = running('edge-http', {
  env: {
    CORS_ALLOWED_ORIGINS: '["https://app.example.com", "https://b.example.com"]',
    CORS_SUPPORT_CREDENTIALS: 'true',
  },
});
const local = running('edge-root', { env: { AzureFunctionsJobHost__extensions__http__maxConcurrentRequests: '2' } });
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  ask(host().url, path, { headers, method });

const preflight = (origin: string): Record<string, string> => ({
  origin,
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'x-one, x-two',
});

it('[2.1-11] custom headers are on every response, unless it has the header itself', async () => {
  for (const path of ['/nope', '/', '/admin/host/status', '/api/throws', '/api/noRoute']) {
    expect([path, (await get(path)).headers['x-content-type-options']]).toEqual([path, 'nosniff']);
  }
  expect([(await get('/nope')).headers['x-from'], (await get('/api/noRoute')).headers['x-from']]).toEqual([
    'host',
    'function',
  ]);
});

it('[2.1-10] hsts: on https requests, not for localhost nor for excluded hosts', async () => {
  const header = async (headers: Record<string, string>): Promise<unknown> =>
    (await get('/api/noRoute', headers)).headers['strict-transport-security'];
  expect(await header({ 'x-forwarded-proto': 'https', host: 'app.example.com' })).toBe(
    'max-age=864000; includeSubDomains; preload',
  );
  expect(await header({ 'x-forwarded-proto': 'https', host: 'app.example.com:8443' })).toBe(
    'max-age=864000; includeSubDomains; preload',
  );
  for (const other of ['localhost:7071', '127.0.0.1', 'Plain.Example.com'])
    expect(await header({ 'x-forwarded-proto': 'https', host: other })).toBeUndefined();
  expect(await header({ host: 'app.example.com' })).toBeUndefined();
});

it('[3.10-1, 3.10-3, 3.10-7] a preflight of an allowed origin is 204 before keys are judged, for any header and method', async () => {
  const { status, headers, body } = await get('/api/fnLevel', preflight('https://app.example.com'), 'OPTIONS');
  expect([status, body]).toEqual([204, '']);
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-methods': 'PATCH',
    'access-control-allow-headers': 'x-one, x-two',
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
});

it('[3.10-4] a preflight of another origin is 204 without those headers', async () => {
  const { status, headers } = await get('/api/fnLevel', preflight('https://evil.example.com'), 'OPTIONS');
  expect([status, Object.keys(headers).filter((name) => name.startsWith('access-control'))]).toEqual([204, []]);
});

it('[3.10-5, 3.10-6] a simple request gets allow-origin and Vary, whatever the answer; without Origin nothing', async () => {
  for (const path of ['/api/noRoute', '/api/throws', '/nope', '/api/fnLevel']) {
    const { headers } = await get(path, { origin: 'https://b.example.com' });
    expect([path, headers['access-control-allow-origin'], headers.vary]).toEqual([
      path,
      'https://b.example.com',
      'Origin',
    ]);
  }
  expect(
    (await get('/api/noRoute', { origin: 'https://evil.example.com' })).headers['access-control-allow-origin'],
  ).toBeUndefined();
  expect((await get('/api/noRoute')).headers['access-control-allow-origin']).toBeUndefined();
});

it('[3.10-5] where CORS is configured, its headers win over those that a function sets', async () => {
  const { headers } = await get('/api/ownCors', { origin: 'https://b.example.com' });
  expect([headers['access-control-allow-origin'], headers.vary, headers['access-control-expose-headers']]).toEqual([
    'https://b.example.com',
    'Origin, Accept',
    'X-A',
  ]);
  expect((await get('/api/ownCors')).headers['access-control-allow-origin']).toBe('https://from.function');
});

it('[3.2-5] OPTIONS without the headers of a preflight goes to the function', async () => {
  expect((await get('/api/listed', { origin: 'https://app.example.com' }, 'OPTIONS')).status).toBe(200);
});

it('[3.10-2] Host.CORS and CORSCredentials of local.settings.json do the same', async () => {
  const { headers } = await ask(local().url, '/', { headers: { origin: 'https://two.example.com' } });
  expect([headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([
    'https://two.example.com',
    'true',
  ]);
});

it('[3.10-6] for * any origin is allowed, without Vary', async () => {
  const any = await startFixture('edge-http', { env: { CORS_ALLOWED_ORIGINS: '["*"]' } });
  const { headers } = await ask(any.url, '/api/noRoute', { headers: { origin: 'https://x.example.com' } });
  expect([headers['access-control-allow-origin'], headers.vary]).toEqual(['*', undefined]);
});

it('[2.1-7] of many requests maxConcurrentRequests run at once and the rest waits', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(local().url, '/busy')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(Math.max(...answers.map(({ body }) => Number(body)))).toBe(2);
});

it('[2.1-8] beyond maxOutstandingRequests it is 429 with X-FUNCTION-SCALEOUT and an empty body', async () => {
  const limited = await startFixture('edge-http', {
    env: { AzureFunctionsJobHost__extensions__http__maxOutstandingRequests: '2' },
  });
  const held = [ask(limited.url, '/api/holds'), ask(limited.url, '/api/holds')];
  await waitFor('both to run', () => limited.stderr().split("Executing 'holds'").length === 3);
  const refused = await ask(limited.url, '/api/release');
  expect([refused.status, refused.headers['x-function-scaleout'], refused.body]).toEqual([429, '1', '']);
  expect((await ask(limited.url, '/admin/host/ping')).status).toBe(200);
  for (const request of held) request.catch(() => undefined); // they end with the host
});

it('[2.1-9, 2.1-18] what has no effect is said once at the start', () => {
  for (const key of ['extensions.http.dynamicThrottlesEnabled', 'healthMonitor'])
    expect(host().stderr().split(`${key} has no effect`)).toHaveLength(2);
});

it('[2.1-16] log levels by category over the wire', async () => {
  await get('/api/quiet');
  await get('/api/noRoute');
  await waitFor('the last line', () => host().stderr().includes("Executed 'noRoute'"));
  expect(host().stderr()).toContain('a line for the developer');
  expect(host().stderr()).not.toMatch(/Executing 'quiet'|a line on the console/);
});

it('[3.11-1, 3.11-2, 3.11-3, 3.11-4] no X-Powered-By, no ETag, no 304, no compression; empty answers have length 0', async () => {
  const { headers, status } = await get('/api/noRoute', { 'accept-encoding': 'gzip, br', 'if-none-match': '*' });
  expect([status, headers['x-powered-by'], headers.etag, headers['content-encoding']]).toEqual([
    200,
    undefined,
    undefined,
    undefined,
  ]);
  for (const path of ['/nope', '/api/throws', '/api/fnLevel'])
    expect((await get(path)).headers['content-length']).toBe('0');
  for (const path of ['/', '/_fanops/health']) expect((await get(path)).headers).not.toHaveProperty('etag');
});

it('[3.3-11] while the host is not ready it answers 503 with a short plain text', async () => {
  const config = await readHostConfig(fixture('edge-http'), {});
  const state = new HostState({ app: () => 'x', version: '0', release: () => undefined });
  const context: Partial<AppContext> = { config, state, env: {}, keys: noKeys, log: () => undefined };
  const server = createServer(createHttpApp(context as AppContext));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { status, headers, body } = await ask(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    '/api/noRoute',
  );
  expect([status, headers['content-type'], body]).toEqual([503, 'text/plain; charset=utf-8', 'The host is starting.']);
});
