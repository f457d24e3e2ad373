import { expect, it } from 'vitest';
import { compareNames } from '../../src/functions/names.js';
import { ask, running, type Answer } from './running.js';

const host = running('edge-http');
const root = running('edge-root');
const get = (path: string, options?: Parameters<typeof ask>[2]): Promise<Answer> => ask(host().url, path, options);

interface Who {
  fn: string;
  params: Record<string, string>;
}

async function who(path: string, options?: Parameters<typeof ask>[2]): Promise<Who | number> {
  const { status, body } = await get(path, options);
  return status === 200 ? (({ fn, params }) => ({ fn, params }))(JSON.parse(body) as Who) : status;
}

async function errorOf(name: string): Promise<string | undefined> {
  const health = JSON.parse((await get('/_fanops/health')).body) as { functions: { name: string; error?: string }[] };
  return health.functions.find((fn) => fn.name === name)?.error;
}

it("[3.1-1] the template is prefix and route; an empty or missing route is the function's name", async () => {
  expect(await who('/api/noRoute')).toEqual({ fn: 'noRoute', params: {} });
  expect(await who('/api/emptyRoute')).toEqual({ fn: 'emptyRoute', params: {} });
  expect(await who('/noRoute')).toBe(404);
});

it('[3.1-2] the first by name wins, not the most specific nor the first registered', async () => {
  expect(await who('/api/items/special')).toEqual({ fn: 'aNamed', params: { Name: 'special' } });
});

it('[3.1-3] the order of names is by upper-cased code units', async () => {
  expect(['f_', 'fB', 'fa', 'f1', 'f-x'].sort(compareNames)).toEqual(['f-x', 'f1', 'fa', 'fB', 'f_']);
  expect(await who('/api/order/1')).toEqual({ fn: 'm-x', params: { mx: '1' } });
});

it('[3.1-4, 3.1-5, 3.1-6, 3.1-7, 3.1-8] casing, decoding and the trailing slash over the wire', async () => {
  expect(await who('/API/Items/A%20b%2Fc/')).toEqual({ fn: 'aNamed', params: { Name: 'A b%2Fc' } });
});

it('[3.1-9] double slashes do not match', async () => {
  expect(await who('/api//items/x')).toBe(404);
  expect(await who('/api/items//x')).toBe(404);
  expect(await who('/api/files/a//b')).toEqual({ fn: 'files', params: { path: 'a//b' } });
});

it('[3.1-10, 3.1-36] a missing parameter is no match, a missing optional one is absent', async () => {
  expect(await who('/api/items')).toBe(404);
  expect(await who('/api/optional/1')).toEqual({ fn: 'optional', params: { a: '1' } });
  expect(await who('/api/optional/1/2')).toEqual({ fn: 'optional', params: { a: '1', b: '2' } });
});

it('[3.1-28] a failed constraint goes on to the next route and ends in 404, never 400', async () => {
  expect(await who('/api/things/7')).toEqual({ fn: 'number', params: { id: '7' } });
  expect(await who('/api/things/x')).toEqual({ fn: 'text', params: { id: 'x' } });
  expect(await get('/api/only/x')).toMatchObject({ status: 404, body: '' });
});

it('[3.1-30] an optional first segment answers the bare prefix', async () => {
  for (const path of ['/api', '/api/', '/API']) expect(await who(path)).toEqual({ fn: 'bare', params: {} });
});

it('[3.1-31] routes that begin with admin or runtime put their function in error', async () => {
  expect(await errorOf('reserved')).toContain('reserved');
  expect(await errorOf('runtimeThing')).toContain('reserved');
  expect(await who('/api/administrators')).toBe(404);
});

it('[3.1-32, 3.1-33] the same route with overlapping methods puts the later function in error', async () => {
  expect(await errorOf('dupA')).toBeUndefined();
  expect(await errorOf('dupB')).toContain('already used');
  expect(await errorOf('dupC')).toBeUndefined();
  expect([await who('/api/dup'), await who('/api/dup', { method: 'POST' })]).toEqual([
    { fn: 'dupA', params: {} },
    { fn: 'dupC', params: {} },
  ]);
});

it('[3.1-34] a leading slash together with a prefix, and an unknown constraint, are errors of the route', async () => {
  expect(await errorOf('slashed')).toContain('empty segment');
  expect(await errorOf('unknownConstraint')).toContain('unknown constraint');
});

it('[3.1-35, 2.1-5] with an empty prefix the route / matches the root', async () => {
  expect((await ask(root().url, '/')).body).toBe('the root');
  expect((await ask(root().url, '/a/b')).body).toBe('everything a/b');
});

it('[2.1-17] functions of host.json is an allow-list', async () => {
  expect((await ask(root().url, '/not-listed')).body).toBe('everything not-listed');
});

it('[3.3-10, 2.1-6] admin and webhook paths never reach a function, also without a prefix', async () => {
  for (const path of ['/admin/warmup', '/ADMIN/x', '/admin']) expect((await ask(root().url, path)).status).toBe(401);
  expect(await ask(root().url, '/runtime/webhooks/durabletask')).toMatchObject({ status: 404, body: '' });
  expect((await ask(root().url, '/runtime')).body).toBe('everything runtime');
  expect((await ask(root().url, '/administrators')).body).toBe('everything administrators');
});

it('[3.2-3] a wrong method is 404 with an empty body and no Allow', async () => {
  const { status, body, headers } = await get('/api/only-get', { method: 'DELETE' });
  expect([status, body, headers.allow, headers['content-length']]).toEqual([404, '', undefined, '0']);
});

it('[3.2-4] HEAD is not implied by GET', async () => {
  expect([
    (await get('/api/only-get', { method: 'HEAD' })).status,
    (await get('/api/listed', { method: 'HEAD' })).status,
  ]).toEqual([404, 200]);
});

it('[3.2-5] OPTIONS reaches a function only when listed', async () => {
  expect([await who('/api/only-get', { method: 'OPTIONS' }), await who('/api/listed', { method: 'OPTIONS' })]).toEqual([
    404,
    { fn: 'listed', params: {} },
  ]);
});

it('[3.3-3] an unknown path is 404 with an empty body', async () => {
  expect(await get('/nope')).toMatchObject({ status: 404, body: '', headers: { 'content-length': '0' } });
});
