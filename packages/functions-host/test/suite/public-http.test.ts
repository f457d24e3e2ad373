import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { analyse } from 'fanops-functions-host';
import { fixture, startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { buildApp, postJson, startByHand, withKeys } from './public-apps.js';

describe('a fetch router behind one catch-all function (Marplex/hono-azurefunc-adapter)', () => {
  it("routes, methods, streams, cookies and 404 are the router's", async () => {
    const { url } = await startFixture('public-fetch-router');
    const home = await fetch(url, {
      headers: { 'user-agent': 'probe', 'x-forwarded-proto': 'https', host: 'ignored' },
    });
    expect(await home.json()).toEqual({ url: `https://${new URL(url).host}/`, agent: 'probe' });
    expect(home.headers.get('server-timing')).toMatch(/^total;dur=/);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('x-head')).toBe('seen');
    const echo = await fetch(`${url}/echo`, {
      method: 'POST',
      body: 'some text',
      headers: { 'content-type': 'text/markdown' },
    });
    expect([echo.headers.get('content-type'), await echo.text()]).toEqual(['text/markdown', 'some text']);
    const options = await fetch(`${url}/echo`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST']);
    expect(await (await fetch(`${url}/stream`)).text()).toBe('one two');
    const missing = await fetch(`${url}/no/such/path`);
    expect([missing.status, await missing.text()]).toEqual([404, '404 Not Found']);
    const login = await fetch(`${url}/login`, { redirect: 'manual' });
    expect([login.status, login.headers.get('location'), login.headers.getSetCookie()]).toEqual([
      302,
      '/',
      ['a=1; path=/', 'b=2; path=/'],
    ]);
  });
});

describe('an Express app in one v3 function (dgkanatsios/AzureFunctionsNodeLeaderboards-Cosmos, yvele/azure-function-express)', () => {
  it('routes and middleware of Express answer through context.res and context.done', async () => {
    const { url } = await startFixture('public-scores');
    const known = { 'x-ms-client-principal-id': 'someone' };
    const denied = await fetch(`${url}/api/scores`);
    expect([denied.status, await denied.json()]).toEqual([401, { error: 'who are you' }]);
    const top = await fetch(`${url}/api/scores/top/2`, { headers: known });
    expect(await top.json()).toEqual([
      { id: 2, value: 30 },
      { id: 3, value: 20 },
    ]);
    expect(top.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await (await fetch(`${url}/api/scores?limit=1`, { headers: known })).json()).toEqual([{ id: 1, value: 10 }]);
    const created = await postJson(`${url}/api/scores`, { value: 5 }, known);
    expect([created.status, created.headers.get('location'), await created.json()]).toEqual([
      201,
      '/api/scores/4',
      { id: 4, value: 5 },
    ]);
    expect((await postJson(`${url}/api/scores`, { value: 'none' }, known)).status).toBe(400);
    const missing = await fetch(`${url}/api/else`, { headers: known });
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('/api/else not found, sorry!');
  });
});

describe('an ESM app that streams answers (Azure-Samples/serverless-chat-langchainjs)', () => {
  it("lines arrive one by one, forms and routes work, errors are the app's", async () => {
    const { url } = await startFixture('public-chat');
    const chat = await postJson(`${url}/api/chats/stream?userId=u1`, {
      messages: [{ content: 'why?' }],
      context: { sessionId: 's1' },
    });
    expect(chat.headers.get('content-type')).toBe('text/event-stream');
    const lines = (await chat.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { delta: { content: string } });
    expect(lines.map(({ delta }) => delta.content).join('')).toBe('You asked: why?');
    expect((await postJson(`${url}/api/chats/stream`, { messages: [] })).status).toBe(400);
    const broken = await fetch(`${url}/api/chats/stream`, { method: 'POST', body: '{' });
    expect([broken.status, await broken.json()]).toEqual([503, { error: 'Service temporarily unavailable.' }]);

    expect((await fetch(`${url}/api/chats`)).status).toBe(400);
    const principal = Buffer.from(JSON.stringify({ userId: 'u1' })).toString('base64');
    expect(
      await (await fetch(`${url}/api/chats/`, { headers: { 'x-ms-client-principal': principal } })).json(),
    ).toEqual(['s1']);
    expect(await (await fetch(`${url}/api/chats/s1?userId=u1`)).json()).toEqual({ user: 'u1', title: 'why?' });
    expect((await fetch(`${url}/api/chats/s1`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${url}/api/chats/s1?userId=u1`)).status).toBe(404);

    const form = new FormData();
    form.set('file', new Blob(['%PDF-1.4'], { type: 'application/pdf' }), 'support.pdf');
    const upload = await fetch(`${url}/api/documents`, { method: 'POST', body: form });
    expect([upload.status, await upload.json()]).toEqual([
      201,
      { name: 'support.pdf', type: 'application/pdf', text: '%PDF-1.4' },
    ]);
    const empty = new FormData();
    empty.set('other', 'x');
    expect((await fetch(`${url}/api/documents`, { method: 'POST', body: empty })).status).toBe(400);
  });
});

describe('a TypeScript app that takes streamed uploads (Azure-Samples/azure-functions-nodejs-stream)', () => {
  it('runs after its build script, and a multipart body without a length reaches it whole', async () => {
    buildApp('public-upload');
    const { url } = await startFixture('public-upload');
    const boundary = 'a-boundary';
    const part = (head: string, body: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'transfer-encoding': 'chunked' };
      const upload = request(`${url}/api/upload`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
      }).on('error', reject);
      upload.write(part('name="note"', 'two files'));
      upload.write(part('name="a"; filename="a.bin"\r\nContent-Type: application/octet-stream', 'x'.repeat(300_000)));
      upload.end(`${part('name="b"; filename="b.txt"\r\nContent-Type: text/plain', 'short')}--${boundary}--\r\n`);
    });
    expect(JSON.parse(answer)).toEqual({
      fields: { note: 'two files' },
      files: [
        { name: 'a.bin', type: 'application/octet-stream', bytes: 300_000 },
        { name: 'b.txt', type: 'text/plain', bytes: 5 },
      ],
    });
  });
});

describe('a v3 TypeScript app of many functions (BloomBooks/bloom-azure-functions)', () => {
  it('scripts of function.json, optional segments, context.res in both uses, a timer and keys', async () => {
    buildApp('public-library');
    const { args, master, host } = withKeys();
    const { url, stderr } = await startFixture('public-library', { args });
    const books = await postJson(`${url}/v1/books`, { instanceIds: ['b1'] });
    expect(books.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const shelf = { results: [{ id: 'b1', language: 'kn', title: 'ನಾನೊಂದು ಗೊಂಬೆ' }] };
    expect(await books.text()).toBe(JSON.stringify(shelf, undefined, 2));
    expect(await (await fetch(`${url}/v1/books?lang=en&limit=0&count=true`)).json()).toEqual({ results: [], count: 1 });
    const denied = await fetch(`${url}/v1/books/b1:upload-start`);
    expect([denied.status, await denied.text()]).toEqual([400, 'Unable to validate user.']);
    const known = await fetch(`${url}/v1/books/b1:upload-start`, { headers: { 'Authentication-Token': 't' } });
    expect([known.status, await known.text()]).toEqual([400, 'Invalid action type']);

    const file = await fetch(`${url}/v1/fs/upload/b1/audio/a%20b.png`);
    expect([file.status, file.headers.get('content-type'), await file.text()]).toEqual([
      200,
      'image/png',
      'bytes of audio/a b.png',
    ]);
    expect((await fetch(`${url}/v1/fs/dev/b1/x.pdf`)).status).toBe(400);
    expect((await fetch(`${url}/v1/fs/upload/b1`)).status).toBe(404);
    expect((await fetch(`${url}/v1/stats`)).status).toBe(401);
    const stats = await fetch(`${url}/v1/stats?code=${host}`);
    expect([stats.headers.get('content-type'), await stats.text()]).toEqual([
      'application/json; charset=utf-8',
      '{\n  "books": 2\n}',
    ]);
    expect((await fetch(`${url}/api/books`)).status).toBe(404);
    expect(await startByHand(url, 'dailyTimer', master)).toBe(202);
    await waitFor('the timer', () => stderr().includes('daily timer, past due: false'));
  });
});

describe('a template with Durable Functions and an Express-like info function (pagopa/io-functions-template)', () => {
  it('the analysis says that orchestrations block; the rest answers', async () => {
    const { findings, functions } = await analyse(fixture('public-template'));
    const blocked = findings
      .filter(({ severity, function: name }) => severity === 'blocks' && name)
      .map((finding) => finding.function);
    expect([...new Set(blocked)].sort()).toEqual(['Orchestrator', 'Starter']);
    expect(functions.map(({ name }) => name).sort()).toEqual(['Info', 'Orchestrator', 'Starter']);
    const { url } = await startFixture('public-template');
    const info = await fetch(`${url}/api/v1/info`);
    expect([info.status, await info.json()]).toEqual([200, { name: 'public-template', version: '1.0.0' }]);
    expect((await postJson(`${url}/api/orchestrators/x`, {})).status).toBe(404);
  });
});

describe("the HTTP part of the platform's own test app (Azure/azure-functions-nodejs-e2e-tests)", () => {
  it('hooks add inputs, cookies and constraints are as on Azure', async () => {
    const { url } = await startFixture('public-bindings', { env: { AzureWebJobsStorage: '', E2E_STORAGE: '' } });
    expect(await (await fetch(`${url}/api/hooked`)).text()).toBe('hello, given by a hook');
    expect((await fetch(`${url}/api/cookies`)).headers.getSetCookie()).toEqual([
      'plain=myValue; path=/',
      'full=v; max-age=3600; domain=example.com; path=/p; secure; samesite=strict; httponly',
      'dated=d; expires=Wed, 02 Jan 2030 03:04:05 GMT; path=/',
    ]);
    expect(await (await fetch(`${url}/api/lookup/12`)).json()).toEqual({ id: '12' });
    expect((await fetch(`${url}/api/lookup/twelve`)).status).toBe(404);
  });
});
