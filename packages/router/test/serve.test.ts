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
import { applied, put, run, serve } from './process.js';

let router = '';
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-router-bundle-'));
  router = await bundle(join(dir, 'router.cjs'));
  return () => rm(dir, { recursive: true, force: true });
});

const one = (url: string, change = {}) => stateOf([{ name: 'vm', url, weight: 1 }], change);

const refuses = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); resolve(false); }).on('error', () => resolve(true));
});

test('the bundle serves by itself, says ready, and follows state.json', async () => {
  const [azure, vm] = [await named('azure'), await named('vm')];
  const dir = await tempDir();
  await put(dir, 'state.json', one(azure.url, { version: 7, fence: 3 }));
  const { url, state, child } = await serve(router, dir);
  expect(state).toMatchObject({ version: 7, fence: 3, pid: child.pid });
  expect(state.error).toBeUndefined();
  expect((await send(`${url}/api/flow`)).body).toBe('azure');
  await put(dir, 'state.json', one(vm.url, { version: 8, fence: 3 }));
  await applied(dir, ({ version }) => version === 8);
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test.each([
  ['no JSON', '{"version": 2,', /is not JSON/],
  ['a wrong field', one('ftp://127.0.0.1', { version: 2 }), /^routes\.0\.placements\.0\.url: must be an http or https URL$/],
  ['a lower fence', one('http://127.0.0.1:1', { version: 2, fence: 0 }), /^fence 0 is lower than the applied 1$/],
  ['an older version', one('http://127.0.0.1:1', { version: 0 }), /^version 0 is older than the applied 1$/],
])('a state with %s is refused and the old one stays', async (_what, state, reason) => {
  const dir = await tempDir();
  await put(dir, 'state.json', one((await named('vm')).url));
  const { url, err } = await serve(router, dir);
  await put(dir, 'state.json', state);
  const said = await applied(dir, ({ error }) => error !== undefined);
  expect(said).toMatchObject({ version: 1, fence: 1, error: expect.stringMatching(reason) });
  expect(err()).toContain('state refused');
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
  await put(dir, 'state.json', one((await named('new')).url, { version: 3 }));
  expect((await applied(dir, ({ version }) => version === 3)).error).toBeUndefined();
  expect((await send(`${url}/api/flow`)).body).toBe('new');
});

test('a removed state.json changes nothing but is said', async () => {
  const dir = await tempDir();
  await put(dir, 'state.json', one((await named('vm')).url));
  const { url } = await serve(router, dir);
  await rm(join(dir, 'state.json'));
  expect((await applied(dir, ({ error }) => error !== undefined)).error).toBe('state.json is gone');
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test('a changed port opens before the old one closes; requests and idle connections of the old one are served', async () => {
  let finish: (() => void) | undefined;
  const { url: target } = await backend((req, res) => {
    if (req.url?.endsWith('/slow')) finish = () => res.end('slow');
    else res.end('quick');
  });
  const dir = await tempDir();
  await put(dir, 'state.json', one(target));
  const { url, state } = await serve(router, dir);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  await send(`${url}/api/flow`, { agent });
  const slow = send(`${url}/api/flow/slow`);
  await until('the slow request', () => finish);
  const port = await freePort();
  await put(dir, 'state.json', one(target, { version: 2, listen: { address: '127.0.0.1', port } }));
  expect((await applied(dir, ({ version }) => version === 2)).listen.port).toBe(port);
  expect((await send(`http://127.0.0.1:${port}/api/flow`)).body).toBe('quick');
  expect(await send(`${url}/api/flow`, { agent })).toMatchObject({ body: 'quick', headers: { connection: 'close' } });
  await until('the old port to be closed', () => refuses(state.listen.port));
  finish?.();
  expect((await slow).body).toBe('slow');
});

test('a new port that is taken is refused and the old one stays', async () => {
  const [vm, other] = [await named('vm'), await named('other')];
  const dir = await tempDir();
  await put(dir, 'state.json', one(vm.url));
  const { url } = await serve(router, dir);
  await put(dir, 'state.json', one(vm.url, { version: 2, listen: { address: '127.0.0.1', port: other.port } }));
  expect(await applied(dir, ({ error }) => error !== undefined)).toMatchObject({ version: 1, error: `port ${other.port} is taken` });
  expect((await send(`${url}/api/flow`)).body).toBe('vm');
});

test('serve without a valid state or with a taken port ends with 1 and says why', async () => {
  const dir = await tempDir();
  const none = run(router, ['serve', '--dir', dir]);
  expect(await none.ended).toBe(1);
  expect(none.err()).toContain(`no state to start with, ${join(dir, 'state.json')}`);
  const { port } = await named('other');
  await put(dir, 'state.json', one('http://127.0.0.1:1', { listen: { address: '127.0.0.1', port } }));
  const taken = run(router, ['serve', '--dir', dir]);
  expect(await taken.ended).toBe(1);
  expect(taken.err().trim()).toBe(`port ${port} is taken`);
});

test('check names the place and the reason; wrong usage is 2', async () => {
  const dir = await tempDir();
  await put(dir, 'good.json', one('http://127.0.0.1:1'));
  expect(await run(router, ['check', '--state', join(dir, 'good.json')]).ended).toBe(0);
  await put(dir, 'bad.json', one('http://127.0.0.1:1', { fence: -1 }));
  const bad = run(router, ['check', '--state', join(dir, 'bad.json')]);
  expect(await bad.ended).toBe(1);
  expect(bad.err()).toMatch(/bad\.json: fence: /);
  const usage = run(router, ['check']);
  expect(await usage.ended).toBe(2);
  expect(usage.err()).toContain('--state is missing');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s lets the running request finish, flushes the log and ends with 0', async (signal) => {
  let finish: (() => void) | undefined;
  const { url: target } = await backend((_req, res) => { res.write('first,'); finish = () => res.end('last'); });
  const dir = await tempDir();
  await put(dir, 'state.json', one(target));
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
  const lines = (await readFile(join(dir, 'access.log'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as AccessEntry);
  expect(lines).toMatchObject([{ status: 200, bytes: 10, placement: 'vm' }]);
});
