import { expect, it } from 'vitest';
import { waitFor } from '../helpers/wait.js';
import { ask, running, type Answer } from './running.js';

const host = running('edge-http', {
  keys: {
    functionKeys: { default: 'host-key', second: 'host-key-2' },
    masterKey: 'master-key',
    systemKeys: { ext: 'system-key' },
    functions: { FnLevel: { mine: 'own-key' }, otherFn: { mine: 'other-key' }, nobody: { k: 'x' } },
  },
  env: {
    'AzureWebJobs.offLevel.Disabled': 'TRUE',
    AzureWebJobs_offOpen_Disabled: '1',
    'AzureWebJobs.offNot.Disabled': '0',
    AzureWebJobs_offTimer_Disabled: 'true',
  },
});
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(host().url, path, { headers });
const status = async (path: string, headers?: Record<string, string>): Promise<number> =>
  (await get(path, headers)).status;

it('[3.4-2, 3.4-12] v4 functions are anonymous by default and ignore keys', async () => {
  expect([
    await status('/api/noRoute'),
    await status('/api/noRoute?code=wrong'),
    await status('/api/noRoute', { 'x-functions-key': 'wrong' }),
  ]).toEqual([200, 200, 200]);
});

it('[3.4-3, 3.4-4] the key comes from the header, else from code; with a header the query is not consulted', async () => {
  expect(await status('/api/fnLevel?code=own-key')).toBe(200);
  expect(await status('/api/fnLevel', { 'X-Functions-Key': 'own-key' })).toBe(200);
  expect(await status('/api/fnLevel?code=own-key', { 'x-functions-key': 'wrong' })).toBe(401);
  expect(await status('/api/fnLevel?code=own-key', { 'x-functions-key': '' })).toBe(401);
});

it('[3.4-5] an empty key is none', async () => {
  expect(await status('/api/fnLevel?code=')).toBe(401);
});

it('[3.4-6, 3.4-15] level function takes its own, a host or the master key, each of several', async () => {
  for (const key of ['own-key', 'host-key', 'host-key-2', 'master-key'])
    expect([key, await status(`/api/fnLevel?code=${key}`)]).toEqual([key, 200]);
});

it('[3.4-7] level admin takes the master key only', async () => {
  expect([await status('/api/levelAdmin?code=host-key'), await status('/api/levelAdmin?code=master-key')]).toEqual([
    401, 200,
  ]);
});

it('[3.4-8] system keys open neither', async () => {
  expect([await status('/api/fnLevel?code=system-key'), await status('/api/levelAdmin?code=system-key')]).toEqual([
    401, 401,
  ]);
});

it('[3.4-9, 3.4-11] a missing, wrong or other key is 401 with an empty body', async () => {
  for (const query of ['', '?code=wrong', '?code=other-key'])
    expect(await get(`/api/fnLevel${query}`)).toMatchObject({ status: 401, body: '' });
});

it('[3.4-10] keys are judged after routing and before anything runs', async () => {
  expect(await status('/api/fnLevel/more')).toBe(404);
  expect(host().stderr()).not.toContain("Executing 'otherFn'");
  expect(await status('/api/otherFn')).toBe(401);
  expect(host().stderr()).not.toContain("Executing 'otherFn'");
});

it('[3.4-13] header and code stay visible to the function', async () => {
  const { body } = await get('/api/fnLevel?code=seen', { 'x-functions-key': 'own-key' });
  expect(JSON.parse(body)).toMatchObject({ key: 'own-key', code: 'seen' });
});

it('keys never reach the log, and keys of no function are noticed', async () => {
  await status('/api/fnLevel?code=own-key');
  expect(host().stderr()).toContain('There are keys for a function \\"nobody\\"');
  expect(host().stderr()).not.toMatch(/own-key|master-key|host-key/);
});

it('[2.4-1, 2.4-3, 2.4-4] a disabled function: 401 first, then 404, but the master key reaches it', async () => {
  expect([
    await status('/api/offLevel'),
    await status('/api/offLevel?code=host-key'),
    await status('/api/offLevel?code=master-key'),
  ]).toEqual([401, 404, 200]);
  expect([
    await status('/api/offOpen'),
    await status('/api/offOpen?code=master-key'),
    await status('/api/offNot'),
  ]).toEqual([404, 200, 200]);
});

it('[2.4-2] the timer of a disabled function does not start, but it can be started by hand', async () => {
  await waitFor('two ticks of a timer that is due as often', () => host().stderr().split('a tick').length > 2);
  expect(host().stderr()).not.toContain('the disabled timer ran');
  const started = await ask(host().url, '/admin/functions/offTimer', {
    method: 'POST',
    body: '{}',
    headers: { 'x-functions-key': 'master-key' },
  });
  expect(started.status).toBe(202);
  await waitFor('the run by hand', () => host().stderr().includes('the disabled timer ran'));
});
