import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { AccessEntry } from '../src/exchange.js';
import { bundle } from '../bundle.mjs';
import { backend, freePort, named, send, stateOf, tempDir, textOf, until } from './helpers.js';
import { applied, put, putState, run, serve } from './process.js';

let router = '';
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-router-bundle-'));
  router = await bundle(join(dir, 'router.cjs'));
  return () => rm(dir, { recursive: true, force: true });
});

const one = (url: string, change = {}) => stateOf([{ name: 'vm', url, weight: 1 }], change);

const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket
      .on('connect', () => {
        socket.destroy();
        resolve(false);
      })
      .on('error', () => resolve(true));
  });

test('the bundle serves by itself, says ready, and follows its files', async () => {
  const [azure, vm] = [await named('azure'), await named('vm')];
  const dir = await tempDir();
  await putState(dir, one(azure.url, { version: 7, fence: 3 }));
  const { url, state, child } = await serve(router, dir);
  expect(state).toMatchObject({ routes: { m1: { version: 7, fence: 3 } }, pid: child.pid, errors: {} });
  expect((await send(`${url}/api/flow`)).body).toBe('azure');
  await putState(dir, one(vm.url, { version: 8, fence: 3 }));
  await applied(dir, ({ routes }) => routes.m1?.version === 8);
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

const broken = (route: object): object => ({
  service: 'm1',
  version: 2,
  fence: 1,
  path: '/api/flow',
  placements: [{ name: 'vm', url: 'http://127.0.0.1:1', weight: 1 }],
  ...route,
});

test.each([
  ['no JSON', '{"version": 2,', /is not JSON/],
  [
    'a wrong field',
    broken({ placements: [{ name: 'vm', url: 'ftp://127.0.0.1', weight: 1 }] }),
    /^placements\.0\.url: must be an http or https URL$/,
  ],
  ['a lower fence', broken({ fence: 0 }), /^fence 0 is lower than the applied 1$/],
  ['another service', broken({ service: 'm2' }), /^service: must be m1, as the file is named$/],
])('a route with %s is refused and the old one stays', async (_what, route, reason) => {
  const dir = await tempDir();
  await putState(dir, one((await named('vm')).url));
  const { url, err } = await serve(router, dir);
  await put(join(dir, 'routes'), 'm1.json', route);
  const said = await applied(dir, ({ errors }) => 'm1.json' in errors);
  expect(said).toMatchObject({
    routes: { m1: { version: 1, fence: 1 } },
    errors: { 'm1.json': expect.stringMatching(reason) },
  });
  expect(err()).toContain('m1.json refused');
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
  await putState(dir, one((await named('new')).url, { version: 3 }));
  expect((await applied(dir, ({ routes }) => routes.m1?.version === 3)).errors).toEqual({});
  expect((await send(`${url}/api/flow`)).body).toBe('new');
});

test('a second route for the same path is refused, the first by name stays', async () => {
  const dir = await tempDir();
  await putState(dir, one((await named('vm')).url));
  const { url } = await serve(router, dir);
  await put(join(dir, 'routes'), 'm2.json', broken({ service: 'm2' }));
  expect((await applied(dir, ({ errors }) => 'm2.json' in errors)).errors).toEqual({
    'm2.json': 'path: m1 has the same route',
  });
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test('removed settings change nothing but are said; a removed route answers 404', async () => {
  const dir = await tempDir();
  await putState(dir, one((await named('vm')).url));
  const { url } = await serve(router, dir);
  await rm(join(dir, 'router.json'));
  expect((await applied(dir, ({ errors }) => 'router.json' in errors)).errors['router.json']).toContain('ENOENT');
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
  await rm(join(dir, 'routes/m1.json'));
  await applied(dir, ({ routes }) => !('m1' in routes));
  expect((await send(`${url}/api/flow`)).status).toBe(404);
});

test('put writes the next version and returns when it is in force; an older fence is refused; remove takes it away', async () => {
  const [azure, vm] = [await named('azure'), await named('vm')];
  const dir = await tempDir();
  await putState(dir, one(azure.url));
  const { url } = await serve(router, dir);
  const file = join(dir, 'wanted.json');
  const wanted = {
    service: 'm1',
    version: 0,
    fence: 4,
    path: '/api/flow',
    placements: [{ name: 'vm', url: vm.url, weight: 100 }],
    placement: 'vm',
  };
  await put(dir, 'wanted.json', wanted);
  const written = run(router, ['put', '--dir', dir, '--service', 'm1', '--file', file]);
  expect(await written.ended).toBe(0);
  expect(JSON.parse(written.out())).toMatchObject({ version: 2, probes: [{ placement: 'vm', ok: true, status: 200 }] });
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
  expect(JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8'))).toEqual({
    ...wanted,
    version: 2,
    baselines: { vm: { status: 200, request: 'GET /api/flow' } },
  });
  await put(dir, 'wanted.json', { ...wanted, fence: 3 });
  const old = run(router, ['put', '--dir', dir, '--service', 'm1', '--file', file]);
  expect(await old.ended).toBe(3);
  expect(old.err()).toContain('fence 3 is lower than the present 4');
  const shown = run(router, ['applied', '--dir', dir]);
  expect(await shown.ended).toBe(0);
  expect(JSON.parse(shown.out())).toMatchObject({ routes: { m1: { version: 2, fence: 4 } } });
  expect(await run(router, ['remove', '--dir', dir, '--service', 'm1']).ended).toBe(0);
  expect((await send(`${url}/api/flow`)).status).toBe(404);
});

test('put without a router counts from its start on; applied then ends with 1', async () => {
  const dir = await tempDir();
  await putState(dir, one((await named('azure')).url));
  await put(dir, 'wanted.json', broken({ placements: [{ name: 'vm', url: (await named('vm')).url, weight: 1 }] }));
  expect(await run(router, ['applied', '--dir', dir]).ended).toBe(1);
  expect(await run(router, ['put', '--dir', dir, '--service', 'm1', '--file', join(dir, 'wanted.json')]).ended).toBe(0);
  const { url } = await serve(router, dir);
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test('a changed port opens before the old one closes; requests and idle connections of the old one are served', async () => {
  let finish: (() => void) | undefined;
  const { url: target } = await backend((req, res) => {
    if (req.url?.endsWith('/slow')) finish = () => res.end('slow');
    else res.end('quick');
  });
  const dir = await tempDir();
  await putState(dir, one(target));
  const { url, state } = await serve(router, dir);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await send(`${url}/api/flow`, { agent });
  const slow = send(`${url}/api/flow/slow`);
  await until('the slow request', () => finish);
  const port = await freePort();
  await putState(dir, one(target, { version: 2, listen: { address: '127.0.0.1', port } }));
  // The route is written before the port, and either is taken up as soon as it is seen.
  await applied(dir, ({ routes, listen }) => routes.m1?.version === 2 && listen.port === port);
  expect((await send(`http://127.0.0.1:${port}/api/flow`)).body).toBe('quick');
  expect(await send(`${url}/api/flow`, { agent })).toMatchObject({ body: 'quick', headers: { connection: 'close' } });
  await until('the old port to be closed', () => refuses(state.listen.port));
  finish?.();
  expect((await slow).body).toBe('slow');
});

test('a new port that is taken is refused and the old one stays', async () => {
  const [vm, other] = [await named('vm'), await named('other')];
  const dir = await tempDir();
  await putState(dir, one(vm.url));
  const { url } = await serve(router, dir);
  await putState(dir, one(vm.url, { version: 2, listen: { address: '127.0.0.1', port: other.port } }));
  expect((await applied(dir, ({ errors }) => 'router.json' in errors)).errors).toEqual({
    'router.json': `port ${other.port} is taken`,
  });
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test('serve without valid settings or with a taken port ends with 1 and says why', async () => {
  const dir = await tempDir();
  const none = run(router, ['serve', '--dir', dir]);
  expect(await none.ended).toBe(1);
  expect(none.err()).toContain(`no settings to start with, ${join(dir, 'router.json')}`);
  const { port } = await named('other');
  await putState(dir, one('http://127.0.0.1:1', { listen: { address: '127.0.0.1', port } }));
  const taken = run(router, ['serve', '--dir', dir]);
  expect(await taken.ended).toBe(1);
  expect(taken.err().trim()).toBe(`port ${port} is taken`);
});

test('check names the place and the reason; wrong usage is 2', async () => {
  const dir = await tempDir();
  await put(dir, 'good.json', broken({}));
  expect(await run(router, ['check', '--file', join(dir, 'good.json')]).ended).toBe(0);
  await put(dir, 'bad.json', broken({ fence: -1 }));
  const bad = run(router, ['check', '--file', join(dir, 'bad.json')]);
  expect(await bad.ended).toBe(1);
  expect(bad.err()).toMatch(/bad\.json: fence: /);
  const usage = run(router, ['check']);
  expect(await usage.ended).toBe(2);
  expect(usage.err()).toContain('--file is missing');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets the running request finish, flushes the log and ends with 0',
  async (signal) => {
    let finish: (() => void) | undefined;
    const { url: target } = await backend((_req, res) => {
      res.write('first,');
      finish = () => res.end('last');
    });
    const dir = await tempDir();
    await putState(dir, one(target));
    const { url, state, child, ended } = await serve(router, dir);
    const req = request(`${url}/api/flow`, { agent: false }).end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    const text = textOf(res);
    child.kill(signal);
    await until('the port to be closed', () => refuses(state.listen.port));
    expect(child.exitCode).toBeNull();
    finish?.();
    expect(await text).toBe('first,last');
    expect(await ended).toBe(0);
    const lines = (await readFile(join(dir, 'access.log'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AccessEntry);
    expect(lines).toMatchObject([{ status: 200, bytes: 10, placement: 'vm' }]);
  },
);
