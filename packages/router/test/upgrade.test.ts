import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { backend, freePort, named, routeOf, startRouter, stateOf, textOf, until } from './helpers.js';

/** A backend that accepts upgrades, greets with its name, and sends back what it gets. */
async function echo(name: string): Promise<{ url: string; sockets: Duplex[]; requests: IncomingMessage[] }> {
  const sockets: Duplex[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer();
  server.on('upgrade', (req, socket: Duplex) => {
    sockets.push(socket);
    requests.push(req);
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'upgrade: websocket',
      'connection: Upgrade',
      `sec-websocket-accept: ${accept}`,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${name}`);
    socket.on('error', () => undefined).pipe(socket);
  });
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  const { url } = await backend(server);
  return { url, sockets, requests };
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

async function open(url: string): Promise<{ res: IncomingMessage; socket: Socket; head: string }> {
  const req = request(url, { headers: handshake, agent: false }).end();
  const [res, socket, head] = (await once(req, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  onTestFinished(() => {
    socket.destroy();
  });
  return { res, socket, head: head.length > 0 ? head.toString() : String((await once(socket, 'data'))[0]) };
}

async function refused(
  url: string,
  headers: Record<string, string> = handshake,
): Promise<{ status: number; body: string }> {
  const [res] = (await once(request(url, { headers, agent: false }).end(), 'response')) as [IncomingMessage];
  return { status: res.statusCode ?? 0, body: await textOf(res) };
}

test('an upgrade is joined through, both ways, and logged at its end', async () => {
  const { url: target, requests } = await echo('vm');
  const { url, log } = await startRouter(stateOf([{ name: 'vm', url: target, weight: 1 }]));
  const { res, socket, head } = await open(`${url}/api/flow/live`);
  expect(head).toBe('vm');
  expect(res.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  expect(requests[0]?.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-request-id': res.headers['x-request-id'],
  });
  socket.write('hello');
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  expect(log).toEqual([]);
  socket.end();
  const line = await until('the log line', () => log[0]);
  expect(line).toMatchObject({ status: 101, upgrade: true, placement: 'vm', path: '/api/flow/live', bytes: 7 });
  expect(line.client).toBeUndefined();
  expect(line.error).toBeUndefined();
});

test("Node's own WebSocket client connects through the router", async () => {
  const { url: target } = await echo('');
  const { url } = await startRouter(stateOf([{ name: 'vm', url: target, weight: 1 }]));
  const client = new WebSocket(`${url.replace('http', 'ws')}/api/flow`);
  await once(client, 'open');
  expect(client.readyState).toBe(WebSocket.OPEN);
});

test('weights hold for upgrades, and one that is open outlives its weight', async () => {
  const [azure, vm] = [await echo('azure'), await echo('vm')];
  const state = (weight: number, version: number) =>
    stateOf(
      [
        { name: 'azure', url: azure.url, weight: 100 - weight },
        { name: 'vm', url: vm.url, weight },
      ],
      { version },
    );
  const { url, router } = await startRouter(state(20, 1));
  const opened = [];
  for (let n = 0; n < 10; n += 1) opened.push(await open(`${url}/api/flow`));
  expect(opened.filter(({ head }) => head === 'vm')).toHaveLength(2);
  await router.apply(state(100, 2));
  const old = opened.find(({ head }) => head === 'azure');
  old?.socket.write('still here');
  expect(String((await once(old?.socket as Socket, 'data'))[0])).toBe('still here');
  expect((await open(`${url}/api/flow`)).head).toBe('vm');
});

test('either side that goes takes the other along', async () => {
  const { url: target, sockets } = await echo('vm');
  const { url, log } = await startRouter(stateOf([{ name: 'vm', url: target, weight: 1 }]));
  const first = await open(`${url}/api/flow`);
  first.socket.resetAndDestroy();
  await until('the end upstream', () => sockets[0]?.destroyed);
  const second = await open(`${url}/api/flow`);
  second.socket.resume();
  sockets[1]?.destroy();
  await once(second.socket, 'close');
  await until('two log lines', () => log.length === 2);
  expect(log.map(({ status }) => status)).toEqual([101, 101]);
});

test('an upgrade that can not be made is answered with JSON: 404, 503, 502', async () => {
  const state = stateOf([], {
    routes: [
      routeOf({ service: 'off', path: '/off', placements: [{ name: 'vm', url: 'http://127.0.0.1:1', weight: 0 }] }),
      routeOf({
        service: 'broken',
        path: '/broken',
        placements: [{ name: 'vm', url: `http://127.0.0.1:${await freePort()}`, weight: 1 }],
      }),
    ],
  });
  const { url, log } = await startRouter(state);
  expect(await refused(`${url}/none`)).toEqual({
    status: 404,
    body: JSON.stringify({ error: 'no service has this path' }),
  });
  expect((await refused(`${url}/off`)).status).toBe(503);
  const failed = { error: 'placement vm of broken failed (BAD_GATEWAY)' };
  expect(await refused(`${url}/broken`)).toEqual({ status: 502, body: JSON.stringify(failed) });
  await until('three log lines', () => log.length === 3);
  expect(log).toMatchObject([
    { status: 404 },
    { status: 503 },
    { status: 502, error: 'ECONNREFUSED', service: 'broken' },
  ]);
});

test('a placement that answers an upgrade with plain HTTP is passed on', async () => {
  const { url: target } = await named('no sockets here');
  const { url, log } = await startRouter(stateOf([{ name: 'vm', url: target, weight: 1 }]));
  expect(await refused(`${url}/api/flow`)).toEqual({ status: 200, body: 'no sockets here' });
  expect(await until('the log line', () => log[0])).toMatchObject({ status: 200, placement: 'vm' });
});

test('an upgrade to another protocol is served as the plain request it also is', async () => {
  const { url: target } = await named('plain');
  const { url } = await startRouter(stateOf([{ name: 'vm', url: target, weight: 1 }]));
  expect(
    await refused(`${url}/api/flow`, {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP',
    }),
  ).toEqual({ status: 200, body: 'plain' });
});
