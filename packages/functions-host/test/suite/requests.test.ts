import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { analyse } from 'fanops-functions-host';
import { fixture, startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';

/** A POST without a length; resolves with status and body. */
function chunked(url: string, body: string): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: 'POST' }, (res) => {
      let text = '';
      res.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve([res.statusCode, text]));
    }).on('error', reject);
    req.write(body);
    req.end();
  });
}

/** Sends lines as they are and gives the head and body that come back. */
function raw(url: string, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write([...lines, 'Connection: close', '', ''].join('\r\n')),
    );
    socket
      .on('data', (chunk: Buffer) => (answer += chunk.toString()))
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}

it('[3.5-4, 3.5-5, 3.5-7] headers are lower-cased and joined, cookies and empty values kept, empty query values too', async () => {
  const { url } = await startFixture('suite-buffered');
  const answer = await raw(url, [
    'GET /api/request?a=&b=2&c HTTP/1.1',
    'Host: h',
    'X-Two: 1',
    'x-two: 2',
    'X-Empty:',
    'Cookie: a=1; b="x, y"; c=%20',
  ]);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
    headers: { 'x-two': expect.stringMatching(/^1, ?2$/) as string, 'x-empty': '', cookie: 'a=1; b="x, y"; c=%20' },
    query: { a: '', b: '2', c: '' },
    bytes: [],
  });
});

it('[3.5-1, 3.5-11, 3.5-19] the bytes of a body arrive as they are, and multipart forms are read', async () => {
  const { url } = await startFixture('suite-buffered');
  const bytes = [0, 255, 195, 40, 13, 10];
  const post = {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'text/plain; charset=utf-16' },
  };
  expect(await (await fetch(`${url}/api/request`, post)).json()).toMatchObject({ bytes });
  const form = new FormData();
  form.set('text', 'ä');
  form.set('file', new Blob(['content']), 'näme.txt');
  expect(await (await fetch(`${url}/api/form`, { method: 'POST', body: form })).json()).toEqual([
    'ä',
    'näme.txt',
    'content',
  ]);
  expect(await (await fetch(`${url}/api/seen?a=%20b#f`)).json()).toMatchObject({ url: `${url}/api/seen?a=%20b` });
});

it('[3.5-9, 3.5-10] a chunked body arrives unless the program is strict, and the analysis names the difference', async () => {
  const lenient = await startFixture('suite-buffered');
  expect(await chunked(`${lenient.url}/api/echo`, 'chunky')).toEqual([200, 'chunky']);
  const strict = await startFixture('suite-buffered', { args: ['--strict'] });
  expect(await chunked(`${strict.url}/api/echo`, 'chunky')).toEqual([200, '']);
  expect((await fetch(`${strict.url}/api/echo`, { method: 'POST', body: 'with a length' })).status).toBe(200);
  const { findings } = await analyse(fixture('suite-buffered'));
  expect(findings.some(({ message, hint }) => /chunked/i.test(message + (hint ?? '')))).toBe(true);
});

it('[3.6-1, 3.6-12, 3.6-13, 3.6-14] nothing is 204, a stream that breaks is 500, names are lower-case, set-cookie collapses', async () => {
  const { url } = await startFixture('suite-buffered');
  expect((await fetch(`${url}/api/nothing`)).status).toBe(204);
  const broken = await fetch(`${url}/api/brokenStream`);
  expect([broken.status, await broken.text()]).toEqual([500, '']);
  const head = await raw(url, ['GET /api/headers HTTP/1.1', 'Host: h']);
  expect(head).toContain('\r\nx-mixed-case: 1\r\n');
  expect(head.match(/^set-cookie: .*$/gim)).toEqual(['set-cookie: b=2']);
});

it('[3.9-5] an uncaught exception outside of an invocation is logged and ends the process with 1', async () => {
  const host = await startFixture('suite-buffered');
  await fetch(`${host.url}/api/crash`).catch(() => undefined); // the answer may or may not get out
  expect(await waitFor('the end of the process', () => host.process.exitCode ?? undefined)).toBe(1);
  expect(host.stderr()).toContain('outside of the invocation');
});

it('[3.9-6] so does a rejection that nobody handles', async () => {
  const host = await startFixture('suite-buffered');
  await fetch(`${host.url}/api/crash?how=rejection`).catch(() => undefined); // the answer may or may not get out
  expect(await waitFor('the end of the process', () => host.process.exitCode ?? undefined)).toBe(1);
  expect(host.stderr()).toContain('nobody looks at this');
});

it.each(['buffered', 'streamed'])('[3.9-8] an invocation goes on when its client has gone: %s', async (mode) => {
  const { url, stderr } = await startFixture(`suite-${mode}`);
  const client = new AbortController();
  const gone = fetch(`${url}/api/outlives`, { signal: client.signal }).catch(() => 'gone');
  await waitFor('the call', () => stderr().includes('began'));
  client.abort();
  expect(await gone).toBe('gone');
  await waitFor(
    'its end',
    () => stderr().includes('went on to its end') && /Executed 'outlives' \(Succeeded/.test(stderr()),
  );
});

it('[1.7-1, 1.7-3, 1.7-5] streamed: what the client sends is answered while it still sends', async () => {
  const { url } = await startFixture('suite-streamed');
  const received: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const req = request(`${url}/api/echo`, { method: 'POST', headers: { 'x-given': 'a header' } }, (res) => {
      expect(res.headers['x-given']).toBe('a header');
      res.on('data', (chunk: Buffer) => {
        received.push(chunk.toString());
        if (received.length < 3) req.write(`part ${received.length + 1}`);
        else req.end();
      });
      res.on('end', resolve).on('error', reject);
    }).on('error', reject);
    req.write('part 1');
  });
  expect(received).toEqual(['part 1', 'part 2', 'part 3']);
});

it('[1.7-2, 1.7-6, 1.7-11] streamed: the public url, query keys among the params, failures at once', async () => {
  const { url } = await startFixture('suite-streamed');
  const headers = { 'x-forwarded-proto': 'https', 'disguised-host': 'www.example.com' };
  expect(await (await fetch(`${url}/api/seen?a=1`, { headers })).json()).toMatchObject({
    url: 'https://www.example.com/api/seen?a=1',
  });
  expect(await (await fetch(`${url}/api/params/7?colour=red&code=secret`)).json()).toEqual({ id: '7', colour: 'red' });
  expect([(await fetch(`${url}/api/throws`)).status, (await fetch(`${url}/api/nothing`)).status]).toEqual([500, 204]);
});

it('[3.5-20, 3.7-3, 3.7-4, 3.7-14, 3.7-28, 3.8-7] v3: outputs by name or by context.res, members of the request, 406', async () => {
  const { url, stderr } = await startFixture('suite-v3');
  const answer = async (how: string, accept = '*/*'): Promise<[number, string]> => {
    const response = await fetch(`${url}/api/named?how=${how}`, { headers: { accept, 'x-asked': 'for' } });
    return [response.status, await response.text()];
  };
  expect(await answer('binding')).toEqual([201, 'by the binding']);
  expect(await answer('res')).toEqual([202, 'by context.res']);
  expect(await answer('send')).toEqual([200, 'by send']);
  expect(stderr()).toMatch(/"level":"error".*(?:done|async)/);
  const { keys, functions, agent } = JSON.parse((await answer('members'))[1]) as {
    keys: string[];
    functions: string[];
    agent: string;
  };
  expect(keys).toEqual(expect.arrayContaining(['headers', 'method', 'originalUrl', 'params', 'query', 'url']));
  expect([functions, agent]).toEqual([['get', 'parseFormBody'], 'for']);
  expect((await answer('none', 'application/json'))[0]).toBe(200);
  expect((await answer('none', 'image/png'))[0]).toBe(406);
  expect((await fetch(`${url}/api/res?mode=cookies`)).headers.getSetCookie()).toHaveLength(2);
});
