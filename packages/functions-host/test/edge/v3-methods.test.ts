import { expect, it } from 'vitest';
import { ask, running } from './running.js';

const host = running('edge-v3', { keys: { functionKeys: { default: 'host-key' } } });
const answer = async (method: string, path: string): Promise<string | number> => {
  const { status, body } = await ask(host().url, path, { method });
  return status === 200 ? body : status;
};

it('[3.2-1] v3: without methods a function answers every method', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'REPORT'])
    expect(await answer(method, '/api/every')).toBe(`every ${method}`);
  expect(await answer('HEAD', '/api/every')).toBe('');
});

it('[3.2-2] methods count in any casing', async () => {
  expect([
    await answer('GET', '/api/listed'),
    await answer('OPTIONS', '/api/listed'),
    await answer('POST', '/api/listed'),
  ]).toEqual(['listed GET', 'listed OPTIONS', 404]);
});

it('[3.2-6] an empty list matches nothing', async () => {
  expect(await answer('GET', '/api/none')).toBe(404);
});

it('[3.4-1] v3: no authLevel means level function', async () => {
  expect([await answer('GET', '/api/keyed'), await answer('GET', '/api/keyed?code=host-key')]).toEqual([
    401,
    'keyed GET',
  ]);
});

it('[3.4-14] binding data lacks code, which the request still has', async () => {
  const { headers } = await ask(host().url, '/api/keyed?code=host-key&name=x');
  expect(JSON.parse(String(headers['x-data']))).toEqual({ name: 'x', seen: 'host-key' });
});
