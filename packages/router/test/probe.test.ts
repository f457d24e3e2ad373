import { readFile } from 'node:fs/promises';
import { createServer as createHttps } from 'node:https';
import { createServer as createNet } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeCommand } from '../src/probe-command.js';
import { judgeAnswer } from '../src/probe.js';
import { NotAnsweringError, putRoute, type PutMode } from '../src/put.js';
import type { Placement, Route, RouterSettings } from '../src/state.js';
import { certificateFor } from './certificates.js';
import { dnsStub } from './dns-stub.js';
import { sharedBundle } from './held.js';
import { backend, freePort, named, routeOf, tempDir } from './helpers.js';
import { put, putState, run } from './process.js';

const bundle = sharedBundle();
const listen = { address: '127.0.0.1', port: 0 };
const side = (name: string, url: string, weight: number, more: Partial<Placement> = {}): Placement => ({
  name,
  url,
  weight,
  ...more,
});
const route = (...placements: Placement[]): Route => routeOf({ service: 'm1', path: '/api/flow', placements });

/** A router's directory with a route; no router runs on it. */
async function directory(present: Route, settings: Partial<RouterSettings> = {}): Promise<string> {
  const dir = await tempDir();
  await putState(dir, { listen, ...settings, routes: [present] });
  return dir;
}

const weightsIn = async (dir: string): Promise<Record<string, number>> => {
  const { placements } = JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8')) as Route;
  return Object.fromEntries(placements.map(({ name, weight }) => [name, weight]));
};

const give = (dir: string, wanted: Route, mode?: PutMode) => putRoute(dir, 'm1', JSON.stringify(wanted), { mode });
const refusal = (work: Promise<unknown>): Promise<NotAnsweringError> =>
  work.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof NotAnsweringError) return error;
      throw error;
    },
  );

async function statusBackend(status: number | (() => number), body = ''): Promise<string> {
  return (
    await backend((_req, res) => {
      res.statusCode = typeof status === 'number' ? status : status();
      res.end(body);
    })
  ).url;
}

test('put gives no weight to a placement that refuses the connection, and the route stays', async () => {
  const [azure, port] = [(await named('azure')).url, await freePort()];
  const vm = `http://127.0.0.1:${port}`;
  const dir = await directory(route(side('azure', azure, 100), side('vm', vm, 0)));
  const { probes, message } = await refusal(give(dir, route(side('azure', azure, 0), side('vm', vm, 100))));
  expect(probes).toEqual([
    expect.objectContaining({
      placement: 'vm',
      ok: false,
      request: `GET ${vm}/api/flow`,
      address: `127.0.0.1:${port}`,
      error: { kind: 'refused', code: 'ECONNREFUSED' },
    }),
  ]);
  expect(message).toContain('ECONNREFUSED');
  expect(await weightsIn(dir)).toEqual({ azure: 100, vm: 0 });
});

test('a placement with traffic is asked at its new address before the route changes', async () => {
  const azure = (await named('azure')).url;
  const dir = await directory(route(side('azure', azure, 100)));
  await refusal(give(dir, route(side('azure', `http://127.0.0.1:${await freePort()}`, 100))));
  expect(JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8'))).toMatchObject({
    placements: [{ url: azure }],
  });
  // What falls or stays is not asked.
  const gone = await directory(route(side('azure', `http://127.0.0.1:${await freePort()}`, 50), side('vm', azure, 50)));
  expect(
    (await give(gone, { ...(JSON.parse(await readFile(join(gone, 'routes/m1.json'), 'utf8')) as Route), fence: 2 }))
      .probes,
  ).toEqual([]);
});

test.each([
  ['a name that nobody knows', 'http://nobody.invalid:80', { kind: 'resolve' }],
  [
    'an address without a way',
    'http://[2001:db8::1]:80',
    { kind: expect.stringMatching(/^(unreachable|timeout)$/) as string },
  ],
])('%s is named in the error', async (_what, url, error) => {
  const dir = await directory(route(side('vm', url, 100)));
  expect(await probeCommand(dir, { timeoutMs: 1500 })).toEqual([
    expect.objectContaining({ ok: false, error: expect.objectContaining(error) as object }),
  ]);
});

test('a certificate of an authority that is not trusted, a wrong name in it, and a trusted one', async () => {
  const scratch = await tempDir();
  const { authority, certificate, key } = certificateFor(scratch, 'fn.example');
  const { port } = await backend(
    createHttps({ key, cert: certificate }, (req, res) => res.end(req.headers.host)) as never,
  );
  const url = `https://127.0.0.1:${port}`;
  const dir = await directory(route(side('azure', url, 100, { serverName: 'fn.example' })));
  const ask = async (more: Partial<Placement>) =>
    (await probeCommand(dir, { text: JSON.stringify(route(side('azure', url, 100, more))) }))[0];
  await put(dir, 'ca.pem', authority);
  expect(await ask({ serverName: 'fn.example' })).toMatchObject({ ok: false, error: { kind: 'certificate' } });
  const { mkdir, rename } = await import('node:fs/promises');
  await mkdir(join(dir, 'ca'));
  await rename(join(dir, 'ca.pem'), join(dir, 'ca/a.pem'));
  expect(await ask({ serverName: 'fn.example', trusted: 'ca/a.pem' })).toMatchObject({ ok: true, status: 200 });
  expect(await ask({ serverName: 'other.example', trusted: 'ca/a.pem' })).toMatchObject({
    error: { kind: 'certificate', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  });
  expect(await ask({ verify: false })).toMatchObject({ ok: true });
});

test('a connection that is cut, one that nobody answers, and a program that speaks no HTTP', async () => {
  const cut = await backend(createNet((socket) => socket.once('data', () => socket.resetAndDestroy())));
  const silent = await backend(createNet((socket) => socket.on('error', () => undefined)));
  const other = await backend(createNet((socket) => socket.end('SSH-2.0-x\r\n')));
  const kinds = await Promise.all(
    [cut, silent, other].map(async ({ url }) => {
      const dir = await directory(route(side('vm', url, 100)));
      return (await probeCommand(dir, { timeoutMs: 400 }))[0]?.error?.kind;
    }),
  );
  expect(kinds).toEqual(['reset', 'timeout', 'protocol']);
});

test.each([
  ['Functions', 200, '<title>Your Functions 4.0 app is up and running</title>'],
  ['App Service', 200, 'Hey, Node developers! Your app service is up and running.'],
  ['a stopped app', 403, '<title>Web App - Unavailable</title>'],
  ['an app that is not there', 404, '<title>Microsoft Azure Web App - Error 404</title>'],
])('the placeholder page of %s does not count as an answer', async (_what, status, body) => {
  const azure = await statusBackend(status, body);
  const vm = (await named('vm')).url;
  const dir = await directory(route(side('azure', azure, 0), side('vm', vm, 100)));
  const { probes } = await refusal(give(dir, route(side('azure', azure, 100), side('vm', vm, 0))));
  expect(probes[0]).toMatchObject({ ok: false, status, reason: expect.stringContaining('placeholder') as string });
});

test('an answer is compared with the one that was last judged good', async () => {
  let status = 200;
  const vm = await statusBackend(() => status);
  const azure = (await named('azure')).url;
  const [before, after] = [
    route(side('azure', azure, 100), side('vm', vm, 0)),
    route(side('azure', azure, 0), side('vm', vm, 100)),
  ];
  const dir = await directory(before);
  await give(dir, after);
  await give(dir, before);
  for (const other of [404, 500, 302, 401]) {
    status = other;
    expect((await refusal(give(dir, after))).probes[0]).toMatchObject({ status: other, baseline: 200 });
  }
  expect(await weightsIn(dir)).toEqual({ azure: 100, vm: 0 });
  status = 204;
  await give(dir, after);
  expect([judgeAnswer({ status: 404, body: '' }, undefined), judgeAnswer({ status: 404, body: '' }, 401)]).toEqual([
    undefined,
    expect.any(String),
  ]);
  expect(judgeAnswer({ status: 200, body: '' }, 401)).toBeUndefined();
});

test('it asks for what the route names, by the Host of its users, below the path of the URL', async () => {
  const asked: unknown[] = [];
  const { url } = await backend((req, res) => {
    asked.push([req.method, req.url, req.headers.host, req.headers['x-forwarded-host'], req.headers['x-key']]);
    res.end();
  });
  const health = { vm: { method: 'HEAD' as const, path: '/health?full=1', headers: { 'x-key': 'k' } } };
  const dir = await directory({ ...route(side('vm', `${url}/base`, 100)), host: 'flow.example', health });
  expect((await probeCommand(dir, {}))[0]?.ok).toBe(true);
  expect(asked).toEqual([['HEAD', '/base/health?full=1', 'flow.example', 'flow.example', 'k']]);
});

test('the way back: to the old side when it answers or nobody does, else users stay with who answers', async () => {
  const [azure, vm, dead] = [
    (await named('azure')).url,
    (await named('vm')).url,
    `http://127.0.0.1:${await freePort()}`,
  ];
  const at = (first: string, second: string, share: number): Route =>
    route(side('azure', first, 100 - share), side('vm', second, share));
  const good = await directory(at(azure, vm, 50));
  await give(good, at(azure, vm, 0), 'revert');
  expect(await weightsIn(good)).toEqual({ azure: 100, vm: 0 });

  const stays = await directory(at(dead, vm, 50));
  const { stayed, message } = await refusal(give(stays, at(dead, vm, 0), 'revert'));
  expect(stayed).toEqual({ vm: 100 });
  expect(message).toMatch(/azure does not answer.*The traffic stays with who answers: vm 100 %$/);
  expect(await weightsIn(stays)).toEqual({ azure: 0, vm: 100 });

  const nobody = await directory(at(dead, dead, 50));
  await give(nobody, at(dead, dead, 0), 'revert');
  expect(await weightsIn(nobody)).toEqual({ azure: 100, vm: 0 });
});

test('put writes no second route for the requests of another service, and says whose they are', async () => {
  const { url } = await named('vm');
  const dir = await directory(route(side('vm', url, 100)));
  const twin = { ...routeOf({ service: 'm2', path: '/API/flow/', placements: [side('vm', url, 100)] }) };
  await expect(putRoute(dir, 'm2', JSON.stringify(twin))).rejects.toThrow('path: m1 has the same route');
  await expect(readFile(join(dir, 'routes/m2.json'))).rejects.toThrow('ENOENT');
  await putRoute(dir, 'm2', JSON.stringify({ ...twin, path: '/api/other' }));
});

test('the program ends with 4 and says in JSON who does not answer; --force asks nobody', async () => {
  const azure = (await named('azure')).url;
  const dead = `http://127.0.0.1:${await freePort()}`;
  const dir = await directory(route(side('azure', azure, 100), side('vm', dead, 0)));
  await put(dir, 'wanted.json', route(side('azure', azure, 0), side('vm', dead, 100)));
  const args = ['put', '--dir', dir, '--service', 'm1', '--file', join(dir, 'wanted.json')];
  const refused = run(bundle(), args);
  expect(await refused.ended).toBe(4);
  expect(JSON.parse(refused.out())).toMatchObject({
    error: { code: 'NOT_ANSWERING' },
    probes: [{ placement: 'vm', error: { code: 'ECONNREFUSED' } }],
  });
  expect(await run(bundle(), [...args, '--force']).ended).toBe(0);
  const probed = run(bundle(), ['probe', '--dir', dir]);
  expect(await probed.ended).toBe(4);
  expect(JSON.parse(probed.out())).toMatchObject({ probes: [{ service: 'm1', placement: 'vm', ok: false }] });
});

test.each(['nginx', 'haproxy'] as const)(
  'for %s a name is looked up as it does: by its name servers, IPv4 only',
  async (engine) => {
    const { port } = await named('vm');
    const stub = await dnsStub(new Map([['vm.example', '127.0.0.1']]));
    const to = async (host: string, settings: Partial<RouterSettings> = {}) => {
      const dir = await directory(route(side('vm', `http://${host}:${port}`, 100)), {
        engine,
        resolver: [stub.address],
        ...settings,
      });
      return (await probeCommand(dir, { timeoutMs: 2000 }))[0];
    };
    expect(await to('vm.example')).toMatchObject({ ok: true, address: `127.0.0.1:${port}` });
    expect(await to('gone.example')).toMatchObject({ ok: false, error: { kind: 'resolve', code: 'ENOTFOUND' } });
    expect(await to('localhost')).toMatchObject({ ok: true, address: `127.0.0.1:${port}` });
    expect(stub.asked).not.toContain('localhost');
  },
);

test('settings that the router is about to get decide how a placement is reached', async () => {
  const { port } = await named('vm');
  const stub = await dnsStub(new Map([['vm.example', '127.0.0.1']]));
  const wanted = route(side('vm', `http://vm.example:${port}`, 100));
  const dir = await tempDir();
  const settings: RouterSettings = { listen, engine: 'nginx', resolver: [stub.address] };
  expect((await probeCommand(dir, { text: JSON.stringify(wanted), settings }))[0]).toMatchObject({ ok: true });
});
