import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttps, request as requestHttps } from 'node:https';
import { createServer, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { findProgram } from '../src/foreign/system.js';
import type { Placement, Route, RouterSettings } from '../src/state.js';
import { certificateFor } from './certificates.js';
import { dnsStub } from './dns-stub.js';
import { held as heldBy, sharedBundle } from './held.js';
import { backend, freePort, named, routeOf, send, tempDir, textOf, until } from './helpers.js';
import { applied, put } from './process.js';

const has = async (name: 'nginx' | 'haproxy'): Promise<boolean> =>
  findProgram(name).then(
    () => true,
    () => false,
  );
const there = { nginx: await has('nginx'), haproxy: await has('haproxy') };

const route = (placements: Placement[], change: Partial<Route> = {}): Route =>
  routeOf({ service: 'm1', path: '/api/flow', placements, ...change });

describe.each(['nginx', 'haproxy'] as const)('%s', (engine) => {
  if (!there[engine]) return test.skip(`${engine} is not installed on this machine`, () => undefined);
  const isNginx = engine === 'nginx';
  const bundle = sharedBundle(false);
  const held = (...args: [Route[], Partial<RouterSettings>?, Record<string, string>?]) =>
    heldBy(bundle(), engine, ...args);

  test('ten of a hundred requests go to the new side, none at 0 %, and the log says the same as the clients', async () => {
    const sides = (weight: number, azure: string, vm: string): Placement[] => [
      { name: 'azure', url: azure, weight: 100 - weight },
      { name: 'vm', url: vm, weight },
    ];
    const [azure, vm] = [await named('azure'), await named('vm')];
    const { url, put: putRoute, stats, dir } = await held([route(sides(0, azure.url, vm.url))]);
    const pid = (await applied(dir, () => true)).pid;
    expect((await putRoute(route(sides(10, azure.url, vm.url)))).code).toBe(0);
    const seen = { azure: 0, vm: 0 };
    for (let turn = 0; turn < 40; turn += 1) {
      for (const { body } of await Promise.all(Array.from({ length: 50 }, () => send(`${url}/api/flow/x`))))
        seen[body as 'azure' | 'vm'] += 1;
    }
    // Binomial with 2,000 and 0.1: 4.5 standard deviations are 60.
    expect(Math.abs(seen.vm - 200)).toBeLessThan(60);
    // HAProxy's lines come a moment after the answers.
    const counts = await until('all answers to be counted', async () => {
      const { azure: old, vm: fresh } = (await stats()).services.m1?.placements ?? {};
      const found = { azure: old?.requests ?? 0, vm: fresh?.requests ?? 0 };
      return found.azure + found.vm >= 2000 && found;
    });
    expect(counts).toEqual(seen);
    expect((await putRoute(route(sides(0, azure.url, vm.url)))).code).toBe(0);
    const after = await Promise.all(Array.from({ length: 200 }, () => send(`${url}/api/flow`)));
    expect(after.filter(({ body }) => body === 'vm')).toEqual([]);
    expect((await applied(dir, () => true)).pid).toBe(pid);
  });

  test('a line of the log has the fields of the embedded engine', async () => {
    const { url, dir } = await held([route([{ name: 'vm', url: (await named('vm')).url, weight: 1 }])]);
    const reply = await send(`${url}/api/flow/a?b=c`, { headers: { 'x-request-id': 'mine-"1"' } });
    expect(reply.headers['x-request-id']).toBe('mine-"1"');
    const written = async () => (await readFile(join(dir, 'access.log'), 'utf8')).trim() || undefined;
    const text = await until('the line', written);
    const line = JSON.parse(text) as object;
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'm1',
      placement: 'vm',
      method: 'GET',
      path: '/api/flow/a',
      status: 200,
      ms: expect.any(Number),
      bytes: 2,
      requestId: 'mine-"1"',
      upstreamMs: expect.any(Number),
      ...(!isNginx && { bytes: expect.any(Number), end: '--' }),
    });
  });

  test('each request is in the log once, through reloads', async () => {
    const { url, dir, put: putRoute } = await held([route([{ name: 'vm', url: (await named('vm')).url, weight: 1 }])]);
    const sent: string[] = [];
    const ask = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) {
        const id = `request-${sent.length}`;
        sent.push(id);
        expect((await send(`${url}/api/flow`, { headers: { 'x-request-id': id } })).status).toBe(200);
      }
    };
    await ask(40);
    for (const path of ['/api', '/api/flow']) {
      const target = { name: 'vm', url: (await named('vm')).url, weight: 1 };
      expect((await putRoute(route([target], { path }))).code).toBe(0);
      await ask(10);
    }
    const logged = async (): Promise<string[]> =>
      [...(await readFile(join(dir, 'access.log'), 'utf8')).matchAll(/"requestId":"([^"]*)"/g)].map(
        ([, id = '']) => id,
      );
    await until('all lines of the log', async () => (await logged()).length >= sent.length);
    expect((await logged()).sort()).toEqual(sent.sort());
  });

  if (!isNginx)
    test('what nobody logs, since its runner was killed, makes the figures of that time incomplete', async () => {
      const { url, holder, stats } = await held([route([{ name: 'vm', url: (await named('vm')).url, weight: 1 }])]);
      expect((await send(`${url}/api/flow`)).status).toBe(200);
      await until('the request to be counted', async () => (await stats()).services.m1?.placements.vm?.requests === 1);
      expect((await stats()).complete).toBe(true);
      process.kill((await holder()).enginePid, 'SIGKILL');
      expect((await send(`${url}/api/flow`)).status).toBe(200);
      await until('the figures to be incomplete', async () => !(await stats()).complete);
    });

  test('a configuration that it refuses changes nothing: put says why and the old one serves', async () => {
    const vm = { name: 'vm', url: (await named('vm')).url, weight: 1 };
    const { url, dir, put: putRoute } = await held([route([vm])]);
    // By a rename: the engine, which may just be looking, must not read an empty file, which it would take.
    await put(join(dir, 'templates'), isNginx ? 'route.conf' : 'placement.cfg', 'nonsense;\n');
    const refused = await putRoute(route([{ ...vm, name: 'other' }]));
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/refuses the configuration: .*nonsense/) });
    expect(JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8'))).toMatchObject({ placements: [vm] });
    expect((await send(`${url}/api/flow`)).body).toBe('vm');
  });

  if (isNginx)
    test('a file that the check passes and the master refuses is found out, taken back, and the old one serves', async () => {
      const taken = await named('taken');
      const vm = { name: 'vm', url: (await named('vm')).url, weight: 1 };
      const { url, dir, put: putRoute } = await held([route([vm])]);
      const template = join(dir, 'templates/nginx.conf');
      await writeFile(
        template,
        (await readFile(template, 'utf8')).replace(
          '@{servers}',
          `@{servers}\n  server { listen 127.0.0.1:${taken.port}; }`,
        ),
      );
      const refused = await putRoute(route([vm], { path: '/new' }));
      expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/bind\(\) to 127\.0\.0\.1:\d+ failed/) });
      expect(JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8'))).toMatchObject({ path: '/api/flow' });
      expect((await send(`${url}/api/flow`)).body).toBe('vm');
    });

  test('a port that another program has is refused, and the old one serves on', async () => {
    const taken = await named('taken');
    const { url, change, holder, dir } = await held([route([{ name: 'vm', url: (await named('vm')).url, weight: 1 }])]);
    await change({ listen: { address: '127.0.0.1', port: taken.port }, mark: '2' });
    await until(
      'the refusal',
      async () => (await holder()).error === `port ${taken.port} is taken` && (await holder()).tried === '2',
    );
    expect((await send(`${url}/api/flow`)).body).toBe('vm');
    expect((await applied(dir, () => true)).mark).toBe('1');
  });

  test('a killed master comes back without its old workers, and no request fails', async () => {
    const { url, dir, put: putRoute } = await held([route([{ name: 'a', url: (await named('a')).url, weight: 1 }])]);
    const { pid } = await applied(dir, () => true);
    process.kill(pid, 'SIGKILL');
    const during = Promise.all(Array.from({ length: 50 }, () => send(`${url}/api/flow`)));
    await applied(dir, (state) => state.pid !== pid && state.pid !== 0);
    expect((await during).every(({ status }) => status === 200)).toBe(true);
    expect((await putRoute(route([{ name: 'b', url: (await named('b')).url, weight: 1 }]))).code).toBe(0);
    const after = await Promise.all(Array.from({ length: 100 }, () => send(`${url}/api/flow`)));
    expect(after.filter(({ body }) => body !== 'b')).toEqual([]);
  });

  test('TLS for users and a redirect for plain HTTP', async () => {
    const scratch = await tempDir();
    const { authority, certificate, key } = certificateFor(scratch, 'flow.example');
    const httpPort = await freePort();
    const told = await backend((req, res) =>
      res.end(`${req.headers['x-forwarded-proto']} ${req.headers['x-forwarded-port']}`),
    );
    const { url, settings } = await held(
      [route([{ name: 'vm', url: told.url, weight: 1 }])],
      { httpPort, tls: { redirect: true } },
      { 'tls/certificate.pem': certificate, 'tls/key.pem': key },
    );
    const moved = await send(`http://127.0.0.1:${httpPort}/api/flow?x=1`, { headers: { host: 'flow.example' } });
    expect(moved).toMatchObject({
      status: 308,
      headers: { location: `https://flow.example:${settings.listen.port}/api/flow?x=1` },
    });
    const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' };
    const asked = requestHttps(`${url.replace('http', 'https')}/api/flow`, {
      ca: authority,
      servername: 'flow.example',
      agent: false,
      headers,
    }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await textOf(answer)]).toEqual([200, `https ${settings.listen.port}`]);
  });

  test('a strict serverless side gets SNI and Host; a certificate of somebody else is 502 and logged', async () => {
    const scratch = await tempDir();
    const good = certificateFor(scratch, 'fn.example');
    const server = createHttps(
      {
        key: good.key,
        cert: good.certificate,
        SNICallback: (name, done) => done(name === 'fn.example' ? null : new Error('unknown name')),
      },
      (req, res) => {
        res.statusCode = req.headers.host?.startsWith('fn.example') ? 200 : 403;
        res.end(JSON.stringify([req.headers.host, req.headers['x-forwarded-host']]));
      },
    );
    const { port } = await backend(server as never);
    const other = certificateFor(await tempDir(), 'other.example').authority;
    const { address } = await dnsStub(new Map([['fn.example', '127.0.0.1']]));
    const azure = { name: 'azure', url: `https://fn.example:${port}`, weight: 1, trusted: 'ca/good.pem' };
    const { url, errors, stats } = await held(
      [route([azure]), route([{ ...azure, trusted: 'ca/other.pem' }], { service: 'm2', path: '/m2' })],
      { resolver: [address] },
      { 'ca/good.pem': good.authority, 'ca/other.pem': other },
    );
    expect(await send(`${url}/api/flow`, { headers: { host: 'public.example' } })).toMatchObject({
      status: 200,
      body: JSON.stringify([`fn.example:${port}`, 'public.example']),
    });
    expect(await send(`${url}/m2`)).toMatchObject({
      status: 502,
      body: '{"error":"placement azure of m2 failed (BAD_GATEWAY)"}',
    });
    if (isNginx) expect(await errors()).toMatch(/upstream SSL certificate verify error/);
    const failed = await until('the request to be counted', async () => (await stats()).services.m2?.placements.azure);
    expect(failed).toMatchObject({ requests: 1, errors: 1 });
  });

  test('a WebSocket is joined, also through a reload', async () => {
    const server = new WebSocketServer({ noServer: true });
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
    const { server: http, url: target } = await backend((_req, res) => res.end());
    http.on('upgrade', (req, socket, head) =>
      server.handleUpgrade(req, socket, head, (client) => server.emit('connection', client)),
    );
    const vm = { name: 'vm', url: target, weight: 1 };
    const { url, put: putRoute } = await held([route([vm])]);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/flow`);
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    const echo = async (text: string): Promise<string> => {
      socket.send(text);
      const [data] = (await once(socket, 'message')) as [Buffer];
      return String(data);
    };
    expect(await echo('one')).toBe('echo one');
    expect((await putRoute(route([vm, { ...vm, name: 'more' }]))).code).toBe(0);
    expect(await echo('two')).toBe('echo two');
  });

  test('what a side sends and what a user sends pass at once, unbuffered', async () => {
    const { url: target } = await backend((req, res) => {
      res.write('first');
      req.once('data', (chunk) => res.end(`got ${String(chunk)}`));
    });
    const { url } = await held([route([{ name: 'vm', url: target, weight: 1 }])]);
    const asked = request(`${url}/api/flow`, { method: 'POST', agent: false });
    asked.flushHeaders();
    const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    expect(String((await once(answer, 'data'))[0])).toBe('first');
    asked.write('half');
    expect(String((await once(answer, 'data'))[0])).toBe('got half');
    asked.end();
  });

  test('a name that does not resolve breaks nobody else, and a changed record is followed', async () => {
    const port = await freePort();
    const at = async (address: string): Promise<void> => {
      const server = createServer((_req, res) => res.end(address)).listen(port, address);
      await once(server, 'listening');
      onTestFinished(() => {
        server.close();
        server.closeAllConnections();
      });
    };
    await at('127.0.0.2');
    await at('127.0.0.3');
    const records = new Map([['moving.example', '127.0.0.2']]);
    const stub = await dnsStub(records);
    const to = (name: string): Placement[] => [{ name: 'a', url: `http://${name}:${port}`, weight: 1 }];
    const { url } = await held(
      [route(to('moving.example')), route(to('gone.example'), { service: 'm2', path: '/m2' })],
      { resolver: [stub.address] },
    );
    expect(await send(`${url}/m2`)).toMatchObject({ status: 502 });
    expect(await send(`${url}/api/flow`)).toMatchObject({ status: 200, body: '127.0.0.2' });
    records.set('moving.example', '127.0.0.3');
    await until('the changed record', async () => (await send(`${url}/api/flow`)).body === '127.0.0.3');
  });
});
