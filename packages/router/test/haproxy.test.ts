import { once } from 'node:events';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findProgram, type HostSystem } from '../src/foreign/system.js';
import { checkConf } from '../src/haproxy/check.js';
import { render } from '../src/haproxy/render.js';
import { plain, readHaproxyTemplates } from '../src/haproxy/template.js';
import { readStats } from '../src/stats.js';
import type { Placement, Route, RouterState } from '../src/state.js';
import { held, sharedBundle } from './held.js';
import { backend, freePort, named, routeOf, send, tempDir, textOf, until } from './helpers.js';

const templates = await readHaproxyTemplates(fileURLToPath(new URL('../../../templates/haproxy', import.meta.url)));
const haproxy = await findProgram('haproxy').catch(() => undefined);
const system: HostSystem = {
  nameServers: ['10.0.0.2', '[fd00::2]'],
  hosts: new Map([['db.internal', '10.1.1.1']]),
  authorities: '/etc/ssl/certs/ca-certificates.crt',
  version: [2, 6, 12],
  user: undefined,
};
const vm: Placement = { name: 'vm', url: 'http://127.0.0.1:4210', weight: 0 };
const azure: Placement = { name: 'azure', url: 'https://m1.azurewebsites.net', weight: 100 };
const m1 = routeOf({ service: 'm1', path: '/api/flow', placements: [azure, vm] });
const stateOf = (routes: Route[], change: Partial<RouterState> = {}): RouterState => ({
  engine: 'haproxy',
  listen: { address: '127.0.0.1', port: 8480 },
  routes,
  ...change,
});
const textFor = (state: RouterState, of = system): string =>
  render(templates, state, of, state.httpPort === undefined ? ['fd@3'] : ['fd@3', 'fd@4']).text;

test('a serverless side gets its own name by SNI and Host, its certificate is checked, and its name is looked up for each request', () => {
  const text = textFor(stateOf([m1]));
  for (const line of [
    'server placement 0.0.0.0:443 ssl verify required verifyhost m1.azurewebsites.net ca-file /etc/ssl/certs/ca-certificates.crt ssl-min-ver TLSv1.2 sni str(m1.azurewebsites.net)',
    'http-request set-header Host m1.azurewebsites.net',
    'do-resolve(txn.address,fanops,ipv4) str(m1.azurewebsites.net)',
    'nameserver ns0 10.0.0.2:53',
    'nameserver ns1 ipv6@[fd00::2]:53',
  ])
    expect(text).toContain(line);
  expect(textFor(stateOf([routeOf({ ...m1, placements: [vm] })]))).not.toMatch(
    /resolve\(|resolvers|ssl crt|verifyhost/,
  );
});

test('weights are no part of the configuration: another share gives the same version', () => {
  const shifted = routeOf({
    ...m1,
    placements: [
      { ...azure, weight: 90 },
      { ...vm, weight: 10 },
    ],
  });
  expect(render(templates, stateOf([shifted]), system, ['fd@3'])).toEqual(
    render(templates, stateOf([m1]), system, ['fd@3']),
  );
});

test('what HAProxy cannot do is refused by name, with the way out', () => {
  expect(() => textFor(stateOf([routeOf({ ...m1, placements: [{ ...azure, url: 'https://10.0.0.1' }] })]))).toThrow(
    /azure: HAProxy can't check a certificate against the address 10\.0\.0\.1: name a serverName/,
  );
  expect(() => textFor(stateOf([m1]), { ...system, authorities: undefined })).toThrow('ca-certificates');
  expect(() => textFor(stateOf([m1]), { ...system, nameServers: [] })).toThrow('router.resolver');
  expect(() => plain('a"b')).toThrow('has a character');
});

test.skipIf(!haproxy)('HAProxy accepts odd paths and folders, and says why it refuses others', async () => {
  const dir = join(await tempDir(), `a b'c"$x;{}`);
  await mkdir(join(dir, 'weights'), { recursive: true });
  const odd = [
    '/',
    '/a b',
    '/%7Bx%7D',
    '/a"b',
    "/it's",
    '/a;b{c}',
    '/$x',
    '/~x',
    '/\\d',
    '/ümlaut',
    '/a%2',
    '/longer/path/',
  ].map((path, index) =>
    routeOf({
      service: `s${index}`,
      path,
      ...(index % 2 ? { host: `h${index}.example` } : {}),
      placements: [vm, { ...azure, verify: false, url: "https://x.example/b$s%20e'f" }],
    }),
  );
  const text = textFor(stateOf(odd))
    .replaceAll('fd@3', 'unix@a.sock')
    .replace(/map\(weights[^)]*\)/g, 'map(none.map)');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(dir, 'none.map'), '');
  await checkConf(haproxy!, dir, text, []);
  await expect(checkConf(haproxy!, dir, text.replace('mode http', 'mode what'), [])).rejects.toThrow(
    /^HAProxy refuses the configuration: .*unknown proxy mode 'what'/,
  );
});

describe.skipIf(!haproxy)('a running HAProxy', () => {
  const bundle = sharedBundle();
  const start = (...args: [Route[], object?]) => held(bundle(), 'haproxy', ...args);
  const one = (url: string): Route =>
    routeOf({ service: 'm1', path: '/api/flow', placements: [{ name: 'vm', url, weight: 1 }] });
  /** So many lines of the log: each is written a moment after its answer. */
  const lines = (dir: string, count: number) =>
    until(`${count} lines of the log`, async () => {
      const found = (await readFile(join(dir, 'access.log'), 'utf8')).split('\n').filter((line) => line !== '');
      return found.length >= count && found.map((line) => JSON.parse(line) as Record<string, unknown>);
    });

  test('the longest prefix and the own host first; dot segments are resolved; headers say who asked', async () => {
    const { url: target } = await backend((req, res) =>
      res.end(JSON.stringify({ url: req.url, headers: req.headers })),
    );
    const to = (service: string, path: string, at: string, host?: string): Route =>
      routeOf({ service, path, placements: [{ name: 'vm', url: at, weight: 1 }], ...(host && { host }) });
    const { url, dir } = await start([
      to('a', '/api/flow/', (await named('flow')).url),
      to('b', '/api/flow/status', (await named('status')).url),
      to('c', '/', (await named('hosted')).url, 'API.example.com'),
      to('d', '/e', target),
      to('f', '/f', `${target}/base`),
    ]);
    const at = async (path: string, host?: string) => {
      const { status, body } = await send(`${url}${path}`, host ? { headers: { host } } : {});
      return status === 200 ? body : status;
    };
    expect([
      await at('/api/flow'),
      await at('/api/flow/x?y=/api/flow/status'),
      await at('/api/flow/status/1'),
      await at('/api/flows'),
      await at('/api/flow', 'api.example.com:8080'),
    ]).toEqual(['flow', 'flow', 'status', 404, 'hosted']);
    // Node's own URL would resolve it.
    expect((await send(url, { path: '/api/flow/%2e%2e/private' })).status).toBe(404);
    const asked = await send(`${url}/e/a%2Fb//c?x=1&y=%20`, {
      headers: { 'x-forwarded-for': '10.0.0.9', 'x-forwarded-proto': 'https' },
    });
    const seen = JSON.parse(asked.body) as { url: string; headers: Record<string, string> };
    expect(seen.url).toBe('/e/a%2Fb//c?x=1&y=%20');
    expect(seen.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(url).host,
      host: new URL(url).host,
      'x-request-id': asked.headers['x-request-id'],
    });
    expect((JSON.parse((await send(`${url}/f/x?y=1`)).body) as { url: string }).url).toBe('/base/f/x?y=1');
    expect((await lines(dir, 8)).every(({ path }) => !String(path).includes('?'))).toBe(true);
  });

  test('a refused connection is 502, one reset before its answer too and never asked twice, a weight of 0 is 503; each is in the log', async () => {
    let connections = 0;
    const reset = await backend(
      createNetServer((socket) => {
        connections += 1;
        socket.once('data', () => socket.resetAndDestroy());
      }),
    );
    const off = routeOf({ service: 'off', path: '/off', placements: [{ ...vm, weight: 0 }] });
    const { url, stats, dir } = await start([
      one(`http://127.0.0.1:${await freePort()}`),
      routeOf({ ...one(reset.url), service: 'm2', path: '/m2' }),
      off,
    ]);
    expect(await send(`${url}/api/flow`)).toMatchObject({
      status: 502,
      body: '{"error":"placement vm of m1 failed (BAD_GATEWAY)"}',
      headers: { 'content-type': 'application/json', 'x-request-id': expect.any(String) },
    });
    expect(await send(`${url}/m2`, { method: 'POST' }, 'body')).toMatchObject({
      status: 502,
      body: '{"error":"placement vm of m2 failed (BAD_GATEWAY)"}',
    });
    expect(connections).toBe(1);
    expect((await send(`${url}/off`)).status).toBe(503);
    const logged = await lines(dir, 3);
    expect((await stats()).services).toMatchObject({
      m1: { placements: { vm: { errors: 1, statuses: { 502: 1 } } } },
      m2: { placements: { vm: { errors: 1 } } },
      off: { placements: { '-': { statuses: { 503: 1 } } } },
    });
    expect(logged.map(({ error }) => error)).toEqual(['BAD_GATEWAY', 'BAD_GATEWAY', undefined]);
  });

  test('who left is told apart: a client before and within its answer, a placement within it', async () => {
    let asked = 0;
    const silent = await backend(() => {
      asked += 1;
    });
    const slow = await backend((_req, res) => {
      res.write('first');
    });
    const broken = await backend(
      createNetServer((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
          setTimeout(() => socket.destroy(), 20);
        });
      }),
    );
    const at = (service: string, path: string, url: string): Route => ({ ...one(url), service, path });
    const { url, dir } = await start([
      at('silent', '/silent', silent.url),
      at('slow', '/slow', slow.url),
      at('broken', '/broken', broken.url),
    ]);
    const first = request(`${url}/silent`, { agent: false })
      .on('error', () => undefined)
      .end();
    await until('the request upstream', () => asked > 0);
    first.destroy();
    const second = request(`${url}/slow`, { agent: false })
      .on('error', () => undefined)
      .end();
    const [answer] = (await once(second, 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    await once(answer, 'data');
    answer.destroy();
    await expect(send(`${url}/broken`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    await until(
      'three lines',
      async () => (await readFile(join(dir, 'access.log'), 'utf8')).trim().split('\n').length === 3,
    );
    const { services, complete } = await readStats(dir, {
      since: new Date(Date.now() - 60_000),
      until: new Date(Date.now() + 1000),
    });
    expect(complete).toBe(true);
    for (const name of ['silent', 'slow'])
      expect(services[name]?.placements.vm).toMatchObject({ requests: 1, errors: 0, aborted: 1, statuses: { 499: 1 } });
    expect(services.broken?.placements.vm).toMatchObject({ requests: 1, errors: 1, aborted: 0 });
  });

  test('a kept connection outlives a reload, and its next request already meets the weights of after it', async () => {
    const [a, b] = [await named('a'), await named('b')];
    const sides = (weight: number): Placement[] => [
      { name: 'a', url: a.url, weight: 100 - weight },
      { name: 'b', url: b.url, weight },
    ];
    const { url, put } = await start([routeOf({ service: 'm1', path: '/api/flow', placements: sides(0) })]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ask = async () => {
      const req = request(`${url}/api/flow`, { agent }).end();
      const [res] = (await once(req, 'response')) as [IncomingMessage];
      return { reused: req.reusedSocket, body: await textOf(res) };
    };
    expect(await ask()).toEqual({ reused: false, body: 'a' });
    expect((await put(routeOf({ service: 'm2', path: '/m2', placements: [vm] }))).code).toBe(0);
    expect((await put(routeOf({ service: 'm1', path: '/api/flow', placements: sides(100) }))).code).toBe(0);
    expect(await ask()).toEqual({ reused: true, body: 'b' });
    expect((await ask()).body).toBe('b');
  });

  test('certificate and key are one file that only the login reads', async () => {
    const { certificateFor } = await import('./certificates.js');
    const { certificate, key } = certificateFor(await tempDir(), 'flow.example');
    const { dir, holder } = await held(
      bundle(),
      'haproxy',
      [one((await named('vm')).url)],
      { tls: { redirect: true } },
      { 'tls/certificate.pem': certificate, 'tls/key.pem': key },
    );
    const { enginePid } = await holder();
    expect((await stat(join(dir, 'haproxy', String(enginePid), 'users.pem'))).mode & 0o777).toBe(0o600);
  });
});
