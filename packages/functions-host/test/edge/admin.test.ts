import { expect, it } from 'vitest';
import { startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { ask, running, type Answer } from './running.js';

const host = running('edge-http', {
  keys: {
    functionKeys: { default: 'host-key' },
    masterKey: 'master-key',
    systemKeys: { ext: 'system-key' },
    functions: { fnLevel: { mine: 'own-key' } },
  },
});
const master = { 'x-functions-key': 'master-key' };
const call = (method: string, path: string, body?: string, headers: Record<string, string> = master): Promise<Answer> =>
  ask(host().url, path, { method, headers, body });
const json = async (path: string): Promise<unknown> => JSON.parse((await call('GET', path)).body) as unknown;

it('[3.3-1, 3.3-2] / answers any method with the home page, or 204 when that is switched off', async () => {
  for (const method of ['GET', 'POST', 'DELETE']) {
    const { status, body, headers } = await call(method, '/', undefined, {});
    expect([status, headers['content-type'], body.includes('<html')]).toEqual([200, 'text/html; charset=utf-8', true]);
  }
  const without = await startFixture('edge-http', { env: { AzureWebJobsDisableHomepage: 'true' } });
  expect(await ask(without.url, '/')).toMatchObject({ status: 204, body: '' });
});

it('[3.3-4] ping answers GET and POST with 200, empty, without a key', async () => {
  for (const method of ['GET', 'POST'])
    expect(await call(method, '/admin/host/ping', undefined, {})).toMatchObject({ status: 200, body: '' });
});

it('[3.3-5, 2.1-6] other admin endpoints are 401 without the master key', async () => {
  const paths = [
    '/admin/host/status',
    '/admin/functions',
    '/admin/functions/fnLevel',
    '/admin/functions/fnLevel/status',
    '/admin/functions/fnLevel/keys',
    '/admin/host/keys',
    '/admin/host/systemkeys/_master',
    '/admin/host/synctriggers',
    '/admin/host/restart',
    '/admin/host/drain',
    '/Admin/Functions',
  ];
  for (const path of paths) {
    expect([path, (await call('GET', path, undefined, {})).status]).toEqual([path, 401]);
    expect([path, await call('POST', path, '{}', { 'x-functions-key': 'host-key' })]).toEqual([
      path,
      expect.objectContaining({ status: 401, body: '' }),
    ]);
  }
});

it("[3.3-6] status, the list of functions and one function, with Azure's member names", async () => {
  expect(await json('/admin/host/status')).toMatchObject({
    id: 'edge-http',
    state: 'Running',
    version: expect.stringMatching(/^4\./) as string,
  });
  const list = (await json('/admin/functions')) as { name: string }[];
  expect(list.map(({ name }) => name)).toContain('yearly');
  expect(await json('/admin/functions/AnAmEd?code=ignored')).toMatchObject({
    name: 'aNamed',
    isDisabled: false,
    language: 'node',
    invoke_url_template: `${host().url}/api/items/{name}`,
    config: {
      bindings: expect.arrayContaining([
        expect.objectContaining({ type: 'httpTrigger', route: 'items/{Name}' }),
      ]) as unknown[],
    },
  });
  expect(await json('/admin/functions/slashed/status')).toEqual({ errors: [expect.stringContaining('empty segment')] });
  expect(await json('/admin/functions/aNamed/status')).toEqual({ errors: null });
  expect((await call('GET', '/admin/functions/nobody')).status).toBe(404);
});

it('keys are listed by their names, one at a time as well, and cannot be changed here', async () => {
  expect(await json('/admin/functions/fnLevel/keys')).toMatchObject({ keys: [{ name: 'mine', value: 'own-key' }] });
  expect(await json('/admin/functions/fnLevel/keys/MINE')).toMatchObject({ name: 'mine', value: 'own-key' });
  expect(await json('/admin/host/functionkeys')).toMatchObject({ keys: [{ name: 'default', value: 'host-key' }] });
  expect(await json('/admin/host/systemkeys')).toMatchObject({ keys: [{ name: 'ext', value: 'system-key' }] });
  expect(await json('/admin/host/systemkeys/_master')).toMatchObject({ name: '_master', value: 'master-key' });
  expect((await call('GET', '/admin/host/keys/none')).status).toBe(404);
  const change = await call('PUT', '/admin/host/functionkeys/new', '{"value":"x"}');
  expect([change.status, change.headers.allow, change.body]).toEqual([405, 'GET', expect.stringContaining('--keys')]);
});

it('[3.3-7, 4-29] a function that is not HTTP is started by hand: 202 at once, then it runs', async () => {
  expect(await call('POST', '/admin/functions/YEARLY', '{"input":"x"}')).toMatchObject({ status: 202, body: '' });
  await waitFor('the timer to run', () => host().stderr().includes('by hand: past due false'));
});

it('[3.3-8] a manual start of an unknown function is 404, and so is one of an HTTP function', async () => {
  expect((await call('POST', '/admin/functions/nobody', '{}')).status).toBe(404);
  expect((await call('POST', '/admin/functions/aNamed', '{}')).status).toBe(404);
});

it('[3.3-9] a manual start without a body, or with one that is no JSON object, is 400', async () => {
  for (const body of [undefined, '', 'text', 'null', '[]', '"x"'])
    expect((await call('POST', '/admin/functions/yearly', body)).status).toBe(400);
});

it('restart ends the process in order, for its manager to start it anew', async () => {
  const own = await startFixture('edge-http', { args: ['--keys', `${host().stateDir}/../keys.json`] });
  expect((await ask(own.url, '/admin/host/restart', { method: 'POST', headers: master })).status).toBe(202);
  await waitFor('the process to end', () => own.process.exitCode !== null);
  expect([own.process.exitCode, own.stderr()]).toEqual([1, expect.stringContaining('asked for a restart')]);
});
