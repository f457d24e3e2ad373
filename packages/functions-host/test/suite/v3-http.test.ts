import { expect, it } from 'vitest';
import { startFixture } from '../helpers/host.js';

const text = 'text/plain; charset=utf-8';

/** Status, content type, body. */
async function answer(url: string, init?: RequestInit): Promise<[number, string | null, string]> {
  const response = await fetch(url, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

const seen = async (url: string, body?: Uint8Array<ArrayBuffer>, type?: string): Promise<unknown> => {
  const headers: Record<string, string> = type ? { 'content-type': type } : {};
  return (await fetch(url, body === undefined ? {} : { method: 'POST', body, headers })).json();
};

it('[3.7-1, 3.7-2, 3.7-5, 3.7-6, 3.7-7, 3.7-8] which value is the answer: $return, a dictionary, context.res, none', async () => {
  const { url } = await startFixture('suite-v3');
  expect(await answer(`${url}/api/ret?how=object`)).toEqual([201, text, '{\n  "a": 1\n}']);
  expect(await answer(`${url}/api/ret?how=text`)).toEqual([500, null, '']);
  expect(await answer(`${url}/api/ret?how=list`)).toEqual([500, null, '']);
  for (const how of ['nothing', 'zero', 'res'])
    expect(await answer(`${url}/api/ret?how=${how}`)).toEqual([204, null, '']);
  expect(await answer(`${url}/api/res?mode=dictionary`)).toEqual([207, text, 'from the dictionary']);
  expect((await answer(`${url}/api/res?mode=text`))[0]).toBe(500);
  expect(await answer(`${url}/api/noout`)).toEqual([204, null, '']);
});

it('[3.7-9, 3.7-10, 3.7-11, 3.7-26, 3.7-29, 3.7-30] status and headers', async () => {
  const { url } = await startFixture('suite-v3');
  const status = async (mode: string): Promise<number> => (await fetch(`${url}/api/res?mode=${mode}`)).status;
  expect([await status('statusText'), await status('statusCode')]).toEqual([201, 202]);
  expect([await status('statusBad'), await status('status400')]).toEqual([200, 400]);
  const { headers } = await fetch(`${url}/api/res?mode=headers`);
  expect([headers.get('x-number'), headers.get('x-null'), headers.get('x-two')]).toEqual(['5', null, 'first']);
  expect(await answer(`${url}/api/res?mode=raw`)).toEqual([200, text, '{\n  "a": 1\n}']);
});

it('[3.7-17, 3.7-18, 3.7-19, 3.7-20, 3.7-21, 3.7-22, 3.7-23, 3.7-24, 3.7-25] each kind of body', async () => {
  const { url } = await startFixture('suite-v3');
  const bodies: [string, string][] = [
    ['text', 'täxt'],
    ['emptyObject', '{}'],
    ['emptyList', '[]'],
    ['whole', '42'],
    ['fraction', '1.5'],
    ['yes', 'True'],
    ['no', 'False'],
    ['null', ''],
    ['undefined', ''],
    ['list', '[\n  1,\n  "x"\n]'],
    [
      'object',
      '{\n  "b": 1,\n  "a": [\n    1,\n    {\n      "c": null\n    }\n  ],\n  "d": "1970-01-01T00:00:00.000Z"\n}',
    ],
  ];
  for (const [of, body] of bodies)
    expect([of, ...(await answer(`${url}/api/res?mode=body&of=${of}`))]).toEqual([of, 200, text, body]);
  const bytes = await fetch(`${url}/api/res?mode=body&of=bytes`);
  expect([bytes.headers.get('content-type'), [...new Uint8Array(await bytes.arrayBuffer())]]).toEqual([null, [0, 255]]);
  const typed = await fetch(`${url}/api/res?mode=body&of=typed&type=image/x`);
  expect([typed.headers.get('content-type'), [...new Uint8Array(await typed.arrayBuffer())]]).toEqual([
    'image/x',
    [1, 2],
  ]);
  const typeOf = async (query: string): Promise<string | null> =>
    (await answer(`${url}/api/res?mode=body&${query}`))[1];
  expect(await typeOf('of=object&type=application/json')).toBe('application/json; charset=utf-8');
  expect(await typeOf('of=text&type=text/html;charset=latin1')).toBe('text/html;charset=latin1');
});

it('[3.7-12, 3.7-13, 3.7-15, 3.7-16, 1.6-14, 3.9-1, 3.9-2] functions that are not async end by send, json, end or done', async () => {
  const { url, stderr } = await startFixture('suite-v3');
  const way = (name: string): Promise<[number, string | null, string]> => answer(`${url}/api/sync?way=${name}`);
  expect((await way('send'))[0]).toBe(201);
  expect(await way('json')).toEqual([200, 'application/json; charset=utf-8', '{\n  "a": 1\n}']);
  expect(await way('end')).toEqual([200, 'application/octet-stream', 'bytes']);
  expect((await way('sendStatus'))[0]).toBe(418);
  expect(await way('type')).toEqual([200, 'text/html; charset=utf-8', '<p>']);
  expect(await way('done')).toEqual([200, text, 'done']);
  expect((await way('doneResult'))[0]).toBe(206);
  for (const name of ['doneError', 'doneText', 'throws']) expect(await way(name)).toEqual([500, null, '']);
  expect((await way('later'))[0]).toBe(202);
  expect(stderr()).toContain('secret of the app');
});

it('[3.9-3, 3.9-7] a function that is not async and never ends is 500 at the timeout', async () => {
  const { url } = await startFixture('suite-v3');
  expect(await answer(`${url}/api/sync?way=never`)).toEqual([500, null, '']);
});

it('[3.5-21, 3.5-22, 3.5-23, 3.5-24, 3.5-25, 3.5-26, 3.5-27] body, rawBody and bufferBody', async () => {
  const { url } = await startFixture('suite-v3');
  const hex = (value: string | Buffer): string => `bytes:${Buffer.from(value).toString('hex')}`;
  const post = (body: string | Buffer, type?: string): Promise<unknown> =>
    seen(`${url}/api/body`, new Uint8Array(Buffer.from(body)), type);
  expect(await seen(`${url}/api/body`)).toEqual({});
  expect(await post('ab', 'application/octet-stream')).toEqual({
    body: hex('ab'),
    rawBody: 'ab',
    bufferBody: hex('ab'),
  });
  expect(await post('ab', 'Application/Octet-Stream')).toEqual({
    body: hex('ab'),
    rawBody: 'ab',
    bufferBody: hex('ab'),
  });
  expect(await post('ab', 'application/octet-stream; x=1')).toEqual({
    body: 'ab',
    rawBody: 'ab',
    bufferBody: hex('ab'),
  });
  expect(await post('ab', 'multipart/form-data; boundary=b')).toEqual({
    body: hex('ab'),
    rawBody: 'ab',
    bufferBody: hex('ab'),
  });
  expect(await post('{"a":1}', 'text/plain')).toEqual({
    body: { a: 1 },
    rawBody: '{"a":1}',
    bufferBody: hex('{"a":1}'),
  });
  expect(await post('12', 'text/plain')).toMatchObject({ body: 12, rawBody: '12' });
  expect(await post('{bad', 'application/json')).toMatchObject({ body: '{bad', rawBody: '{bad' });
  expect(await post('\ufeffé')).toMatchObject({ body: 'é', rawBody: 'é' });
  expect(await post(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('é', 'utf16le')]))).toMatchObject({
    rawBody: 'é',
  });
  expect(await (await fetch(`${url}/api/res?mode=sameObjects`)).json()).toEqual([true, true]);
});

it('[3.8-1, 3.8-2, 3.8-3, 3.8-4, 3.8-5, 3.8-6] cookies of v3', async () => {
  const { url } = await startFixture('suite-v3');
  const { headers } = await fetch(`${url}/api/res?mode=cookies`);
  expect(headers.getSetCookie()).toEqual(['a%20b=c%3Dd; path=/; samesite=none', 'n=v; max-age=60; path=/']);
  expect((await fetch(`${url}/api/res?mode=badCookie`)).status).toBe(500);
});

it('[3.7-27, 7-4, 7-6, 7-7, 7-8] negotiation and the v3 context', async () => {
  const { url } = await startFixture('suite-v3');
  const negotiated = await answer(`${url}/api/res?mode=negotiate`);
  expect([negotiated[1]?.split(';')[0], negotiated[2]]).toEqual(['application/json', '{"a":1}']);
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const context = (await (
    await fetch(`${url}/api/res?mode=context`, { headers: { traceparent: trace } })
  ).json()) as Record<string, unknown>;
  expect(context.definitions).toEqual([
    { name: 'req', type: 'httpTrigger', direction: 'in' },
    { name: 'res', type: 'http', direction: 'out' },
  ]);
  expect(context.data).toEqual(expect.arrayContaining(['headers', 'invocationId', 'mode', 'query', 'sys']));
  expect(context.execution).toEqual(expect.arrayContaining(['functionDirectory', 'functionName', 'invocationId']));
  const passedOn = expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/) as string;
  expect(context.trace).toMatchObject({ traceparent: passedOn });
});
