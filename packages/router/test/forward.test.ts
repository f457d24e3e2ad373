import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { backend, freePort, named, routeOf, send, startRouter, stateOf, textOf, until } from './helpers.js';

const one = (url: string) => stateOf([{ name: 'vm', url, weight: 100 }]);
const echo = () =>
  backend((req, res) => {
    res.end(JSON.stringify({ url: req.url, headers: req.headers, method: req.method }));
  });

test('a route takes whole segments, the longest prefix and its own host first', async () => {
  const [flow, status, hosted] = [await named('flow'), await named('status'), await named('hosted')];
  const route = (service: string, path: string, url: string, host?: string) =>
    routeOf({
      service,
      path,
      placements: [{ name: 'vm', url, weight: 1 }],
      ...(host && { host }),
    });
  const { url } = await startRouter(
    stateOf([], {
      routes: [
        route('a', '/api/flow/', flow.url),
        route('b', '/api/flow/status', status.url),
        route('c', '/', hosted.url, 'API.example.com'),
      ],
    }),
  );
  const at = async (path: string, host?: string) => {
    const { status: code, body } = await send(`${url}${path}`, host ? { headers: { host } } : {});
    return code === 200 ? body : code;
  };
  expect(await at('/api/flow')).toBe('flow');
  expect(await at('/api/flow/x?y=/api/flow/status')).toBe('flow');
  expect(await at('/api/flow/status/1')).toBe('status');
  expect(await at('/api/flows')).toBe(404);
  expect(await at('/api/flow', 'api.example.com:8080')).toBe('hosted');
  expect(await at('/api/flow/%2e%2e/private')).toBe(404);
});

test('no route is 404 and no weight is 503, both with a JSON body and a log line', async () => {
  const { url, log } = await startRouter(stateOf([{ name: 'vm', url: 'http://127.0.0.1:1', weight: 0 }]));
  expect(await send(`${url}/nothing`)).toMatchObject({
    status: 404,
    body: JSON.stringify({ error: 'no service has this path' }),
  });
  const none = await send(`${url}/api/flow`);
  expect(none).toMatchObject({ status: 503, headers: { 'content-type': 'application/json' } });
  expect(JSON.parse(none.body)).toEqual({ error: 'no placement of this service takes requests' });
  expect(log).toMatchObject([
    { service: '-', placement: '-', status: 404 },
    { service: 'm1', placement: '-', status: 503 },
  ]);
});

test('the upstream gets path and query as sent, who asked, and a request id that the client gets too', async () => {
  const { url } = await startRouter(one((await echo()).url));
  const made = await send(`${url}/api/flow/a%2Fb//c?x=1&y=%20`);
  const seen = JSON.parse(made.body) as { url: string; headers: Record<string, string> };
  expect(seen.url).toBe('/api/flow/a%2Fb//c?x=1&y=%20');
  expect(seen.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': new URL(url).host,
    host: new URL(url).host,
  });
  expect(seen.headers['x-request-id']).toBe(made.headers['x-request-id']);
  const sent = {
    'x-request-id': 'mine-1',
    'x-forwarded-for': '10.0.0.9',
    'x-forwarded-proto': 'https',
    connection: 'x-private',
    'x-private': '1',
  };
  const kept = await send(`${url}/api/flow`, { headers: sent });
  const { headers } = JSON.parse(kept.body) as { headers: Record<string, string> };
  expect(headers).toMatchObject({
    'x-request-id': 'mine-1',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
  });
  expect(headers['x-private']).toBeUndefined();
  expect(kept.headers['x-request-id']).toBe('mine-1');
});

test('hostHeader upstream sends the host of the placement', async () => {
  const { url: target } = await echo();
  const { url } = await startRouter(stateOf([{ name: 'azure', url: target, weight: 1, hostHeader: 'upstream' }]));
  const { headers } = JSON.parse((await send(`${url}/api/flow`)).body) as { headers: Record<string, string> };
  expect(headers).toMatchObject({ host: new URL(target).host, 'x-forwarded-host': new URL(url).host });
});

test("the client's connection is kept though the upstream's is closed after every request", async () => {
  let connections = 0;
  const { url: target, server } = await named('vm');
  server.on('connection', () => {
    connections += 1;
  });
  const { url } = await startRouter(one(target));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports = new Set<number | undefined>();
  agent.on('free', (socket: { localPort?: number }) => ports.add(socket.localPort));
  for (let n = 0; n < 3; n += 1) expect((await send(`${url}/api/flow`, { agent })).body).toBe('vm');
  expect(ports.size).toBe(1);
  expect(connections).toBe(3);
});

test('headers and chunks arrive before the response ends', async () => {
  let next: (() => void) | undefined;
  const { url: target } = await backend((_req, res) => {
    res.flushHeaders();
    next = () => {
      res.write('one');
      next = () => res.end('two');
    };
  });
  const { url } = await startRouter(one(target));
  const req = request(`${url}/api/flow`, { agent: false }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  next?.();
  expect(String((await once(res, 'data'))[0])).toBe('one');
  next?.();
  expect(await textOf(res)).toBe('two');
});

test('the request streams: the upstream answers from its first part before the client ends it', async () => {
  const { url: target } = await backend((req, res) => {
    req.once('data', (chunk) => res.write(chunk)).on('end', () => res.end());
  });
  const { url } = await startRouter(one(target));
  const req = request(`${url}/api/flow`, { method: 'POST', agent: false });
  req.write('first');
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  expect(String((await once(res, 'data'))[0])).toBe('first');
  req.end();
  expect(await textOf(res)).toBe('');
});

test('a DELETE with a chunked body keeps its body', async () => {
  const { url: target } = await backend((req, res) => {
    void textOf(req).then((text) => res.end(`${req.method} ${text}`));
  });
  const { url } = await startRouter(one(target));
  const reply = await send(
    `${url}/api/flow`,
    { method: 'DELETE', headers: { 'transfer-encoding': 'chunked' } },
    'what',
  );
  expect(reply.body).toBe('DELETE what');
});

test('a refused connection is 502 after one more try of the same placement, never of another', async () => {
  const healthy = await named('azure');
  const { url, log } = await startRouter(
    stateOf([
      { name: 'azure', url: healthy.url, weight: 50 },
      { name: 'vm', url: `http://127.0.0.1:${await freePort()}`, weight: 50 },
    ]),
  );
  const replies = [];
  for (let n = 0; n < 10; n += 1) replies.push(await send(`${url}/api/flow`, { method: 'POST' }, 'body'));
  expect(replies.filter(({ status, body }) => status === 200 && body === 'azure')).toHaveLength(5);
  const failed = replies.filter(({ status }) => status === 502);
  expect(failed.map(({ body }) => JSON.parse(body))).toEqual(
    Array(5).fill({ error: 'placement vm of m1 failed (BAD_GATEWAY)' }),
  );
  expect(log.filter(({ placement }) => placement === 'vm')).toEqual(
    Array(5).fill(expect.objectContaining({ status: 502, error: 'ECONNREFUSED', retried: true })),
  );
});

test.each([
  ['GET', 2, 200],
  ['POST', 1, 502],
])('%s on a connection reset before the answer: %i tries, %i', async (method, tries, status) => {
  let connections = 0;
  const { url: target } = await backend(
    createNetServer((socket) => {
      connections += 1;
      socket.once('data', () => {
        if (connections === 1) socket.resetAndDestroy();
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    }),
  );
  const { url, log } = await startRouter(one(target));
  const reply = await send(`${url}/api/flow`, { method }, method === 'POST' ? 'body' : undefined);
  expect(reply.status).toBe(status);
  expect(connections).toBe(tries);
  expect(log).toHaveLength(1);
});

test('a POST that was refused before its body was read is sent whole to a backend that is up for the second try', async () => {
  const port = await freePort();
  const { url, log } = await startRouter(one(`http://127.0.0.1:${port}`), { retryMs: 1_000 });
  const refused = send(`${url}/api/flow`, { method: 'POST' }, 'body');
  const late = createServer((req, res) => {
    void textOf(req).then((text) => res.end(`got ${text}`));
  });
  onTestFinished(() => {
    late.close();
  });
  setTimeout(() => late.listen(port, '127.0.0.1'), 300);
  expect((await refused).body).toBe('got body');
  expect(log).toMatchObject([{ status: 200, retried: true }]);
});

test('an upstream that breaks off in its body breaks the response off and is an error of the placement', async () => {
  const { url: target } = await backend(
    createNetServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
        setTimeout(() => socket.destroy(), 20);
      });
    }),
  );
  const { url, log } = await startRouter(one(target));
  await expect(send(`${url}/api/flow`)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  expect(await until('the log line', () => log[0])).toMatchObject({ status: 200, error: 'ECONNRESET', bytes: 4 });
});

test('an upstream that stays silent is 504', async () => {
  const { url: target } = await backend(() => undefined);
  const { url, log } = await startRouter(one(target), { idleMs: 50 });
  expect((await send(`${url}/api/flow`)).status).toBe(504);
  expect(log[0]).toMatchObject({ status: 504, error: 'ETIMEDOUT' });
});

test('a client that leaves aborts the upstream request and is logged as 499, not as an error', async () => {
  let gone = false;
  let asked = false;
  const { url: target } = await backend((_req, res) => {
    asked = true;
    res.on('close', () => {
      gone = true;
    });
  });
  const { url, log } = await startRouter(one(target));
  const req = request(`${url}/api/flow`, { agent: false })
    .on('error', () => undefined)
    .end();
  await until('the request upstream', () => asked);
  req.destroy();
  await until('the end upstream', () => gone);
  const line = await until('the log line', () => log[0]);
  expect(line).toMatchObject({ status: 499, client: 'aborted', placement: 'vm' });
  expect(line.error).toBeUndefined();
});

test('an answer that does not wait for the body leaves the connection usable', async () => {
  const { url: target } = await backend((req, res) => {
    if (req.method === 'POST') res.writeHead(413, { connection: 'close' }).end('too large');
    else res.end('ok');
  });
  const { url } = await startRouter(one(target));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const first = await send(`${url}/api/flow`, { method: 'POST', agent }, 'x'.repeat(100_000));
  expect(first.status).toBe(413);
  expect((await send(`${url}/api/flow`, { agent })).body).toBe('ok');
});
