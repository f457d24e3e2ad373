import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ParityRequest } from '../../../../src/fleet/schema.js';
import { compare, send, type Answer } from '../../../../src/operations/migrate/compare.js';

const answer = (body: unknown, more: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});
const differences = (old: Answer, fresh: Answer, request: Partial<ParityRequest> = {}): string[] =>
  compare({ path: '/', ...request }, old, fresh).map((each) => `${each.where}: ${each.old} | ${each.fresh}`);

test.each<[string, unknown, unknown, string[]]>([
  ['alike', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['white space of JSON', '{"a": 1}', '{"a":1}', []],
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, ['/a/b: 1 | 2']],
  ['null and missing', { a: null }, {}, ['/a: null | nothing']],
  ['missing and null', {}, { a: null }, ['/a: nothing | null']],
  ['number and text', { a: 1 }, { a: '1' }, ['/a: 1 | "1"']],
  ['zero and false', { a: 0 }, { a: false }, ['/a: 0 | false']],
  ['whole number and float are one number in JSON', '{"a":1.0}', '{"a":1}', []],
  ['a float that is a little off', { a: 0.1 + 0.2 }, { a: 0.3 }, ['/a: 0.30000000000000004 | 0.3']],
  ['order of a list', [1, 2], [2, 1], ['/0: 1 | 2', '/1: 2 | 1']],
  ['length of a list', [1], [1, 2], ['/1: nothing | 2']],
  ['list and map', { a: [] }, { a: {} }, ['/a: [] | {}']],
  ['several at once', { a: 1, b: { c: 2 } }, { a: 2, b: { c: 3 } }, ['/a: 1 | 2', '/b/c: 2 | 3']],
  ['text', 'hello', 'hallo', ['body: "hello" | "hallo"']],
  ['text and JSON', 'hello', { a: 1 }, ['body: "hello" | "{\\"a\\":1}"']],
  ['empty bodies', '', '', []],
  ['a long value is cut', 'x'.repeat(200), 'y', [`body: "${'x'.repeat(119)}... | "y"`]],
])('%s', (_name, old, fresh, expected) => {
  expect(differences(answer(old), answer(fresh))).toEqual(expected);
});

test('status and headers; only the content type unless others are named', () => {
  const old = answer({}, { headers: { 'content-type': 'text/html', etag: '"1"', date: 'a' } });
  const fresh = answer({}, { status: 404, headers: { 'content-type': 'application/json', date: 'b' } });
  expect(differences(old, fresh)).toEqual([
    'status: 200 | 404',
    'header content-type: "text/html" | "application/json"',
  ]);
  expect(differences(old, fresh, { compareHeaders: ['ETag'] })).toEqual([
    'status: 200 | 404',
    'header ETag: "\\"1\\"" | nothing'.replaceAll('\\"1\\"', '\\"1\\"'),
  ]);
  expect(differences(old, old, { compareHeaders: [] })).toEqual([]);
});

const OLD = { at: 1, gates: { g1: { at: 1, n: 5 }, g2: { at: 2, n: 6 } }, list: [{ id: 1 }, { id: 2 }] };
const FRESH = { at: 9, gates: { g1: { at: 8, n: 5 }, g2: { at: 7, n: 0 } }, list: [{ id: 3 }, { id: 4 }] };

test.each<[string[], string[]]>([
  [[], ['/at', '/gates/g1/at', '/gates/g2/at', '/gates/g2/n', '/list/0/id', '/list/1/id']],
  [['/at', '/gates/*/at', '/list/*/id'], ['/gates/g2/n']],
  [['/at', '/gates', '/list'], []],
  [['/gates/*'], ['/at', '/list/0/id', '/list/1/id']],
  [['/list/0'], ['/at', '/gates/g1/at', '/gates/g2/at', '/gates/g2/n', '/list/1/id']],
  [
    ['/a', '/gates/g'],
    ['/at', '/gates/g1/at', '/gates/g2/at', '/gates/g2/n', '/list/0/id', '/list/1/id'],
  ],
])('with %j left out', (ignore, expected) => {
  expect(compare({ path: '/', ignore }, answer(OLD), answer(FRESH)).map(({ where }) => where)).toEqual(expected);
});

let server: Server | undefined;
afterEach(async () => {
  if (server) await new Promise((resolve) => server?.close(resolve));
});

test('a request is sent as the fleet file says; a redirect is an answer', async () => {
  const seen: string[] = [];
  server = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk: Buffer) => {
        body += chunk.toString();
      })
      .on('end', () => {
        seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'} ${body}`);
        response.writeHead(302, { location: '/elsewhere', 'X-Custom': 'A' }).end('moved');
      });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await send(base, { path: '/a?b=c%20d' })).toMatchObject({
    status: 302,
    body: 'moved',
    headers: { location: '/elsewhere', 'x-custom': 'A' },
  });
  await send(base, { path: '/', method: 'POST', body: { a: 1 } });
  await send(base, { path: '/', method: 'PUT', body: 'text' });
  await send(base, { path: '/', method: 'POST', body: [1], headers: { 'Content-Type': 'application/vnd.x+json' } });
  expect(seen).toEqual([
    'GET /a?b=c%20d - ',
    'POST / application/json {"a":1}',
    'PUT / text/plain text',
    'POST / application/vnd.x+json [1]',
  ]);
  await expect(send(base, { path: '/' }, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
