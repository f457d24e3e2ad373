import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../../helpers/ports.js';
import { until } from '../../../helpers/until.js';

const exec = promisify(execFile);
const PROGRAM = new URL('../../../../src/platforms/docker/proxy/main.ts', import.meta.url).pathname;

interface App {
  server: Server;
  port: number;
  seen: { method?: string; raw: string[]; body: string }[];
  release: (() => void)[];
}

/** A server that tells what it got; requests for /slow are answered when the test says so. */
async function startApp(name: string): Promise<App> {
  const app: App = { server: createServer(), port: 0, seen: [], release: [] };
  app.server.on('request', (req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      app.seen.push({ method: req.method, raw: req.rawHeaders, body });
      const answer = (): void => void res.writeHead(200, { 'x-name': name, 'set-cookie': ['a=1', 'b=2'] }).end(name);
      if (req.url === '/reset') req.socket.destroy();
      else if (req.url === '/slow') app.release.push(answer);
      else answer();
    });
  });
  app.server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    socket.on('data', (chunk: Buffer) => void socket.write(`${name}:${chunk.toString()}`));
  });
  app.server.listen(0, '127.0.0.1');
  await once(app.server, 'listening');
  app.port = (app.server.address() as AddressInfo).port;
  return app;
}

let dir: string;
let env: NodeJS.ProcessEnv;
let port: number;
let proxy: ChildProcess;
let blue: App;
let green: App;

const start = (): ChildProcess => spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: 'ignore' });
async function tell(...command: string[]): Promise<{ target: { name: string; port: number } | null; cut?: number }> {
  const { stdout } = await exec(process.execPath, [PROGRAM, ...command], { env });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof tell>>;
}
const listens = (): Promise<boolean> =>
  until(
    'the proxy',
    () =>
      tell('status').then(
        () => true,
        () => false,
      ),
    20_000,
  );

interface Asked {
  status?: number;
  headers: IncomingMessage['headers'];
  body: string;
}
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: object; body?: string } = {},
) {
  return new Promise<Asked>((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method, headers: { ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fanops-proxy-'));
  [port = 0] = await freePorts(1);
  env = {
    ...process.env,
    FANOPS_PROXY_PORT: String(port),
    FANOPS_PROXY_STATE: join(dir, 'target.json'),
    FANOPS_PROXY_CONTROL: join(dir, 'control.sock'),
  };
  [blue, green] = await Promise.all([startApp('blue'), startApp('green')]);
  proxy = start();
  await listens();
});
afterAll(() => {
  proxy.kill('SIGKILL');
  for (const { server } of [blue, green]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(dir, { recursive: true, force: true });
});

test('without a release it answers 503; told of one, it passes requests and answers as they came', async () => {
  expect((await ask('/')).status).toBe(503);
  await tell('switch', '127.0.0.1', String(blue.port));
  const headers = {
    host: 'shop.example:8443',
    'X-Forwarded-For': '203.0.113.9, 10.0.0.1',
    'X-Forwarded-Proto': 'https',
    'X-Request-Start': 't=1',
    'X-Request-Id': 'r1',
  };
  const answer = await ask('/a%2Fb?c=d', { headers });
  expect([answer.status, answer.body, answer.headers['set-cookie']]).toEqual([200, 'blue', ['a=1', 'b=2']]);
  const raw = blue.seen.at(-1)?.raw ?? [];
  for (const [name, value] of Object.entries(headers)) expect(raw[raw.indexOf(name) + 1]).toBe(value);
});

test('a body comes through whole, also when the client waits for 100 Continue', async () => {
  const body = 'x'.repeat(300_000);
  expect((await ask('/', { method: 'POST', body })).body).toBe('blue');
  expect(blue.seen.at(-1)?.body).toBe(body);
  expect((await ask('/', { method: 'PUT', body, headers: { expect: '100-continue' } })).body).toBe('blue');
  expect(blue.seen.at(-1)?.body).toBe(body);
  expect((await ask('/', { method: 'POST' })).status).toBe(200);
});

test('a request that breaks is answered with 502 and is not sent again', async () => {
  const before = blue.seen.length;
  for (const method of ['GET', 'POST']) expect((await ask('/reset', { method })).status).toBe(502);
  expect(blue.seen.length).toBe(before + 2);
});

test('a swap takes new requests at once, and those under way finish where they are', async () => {
  const slow = ask('/slow');
  await until('the slow request', () => blue.release.length === 1);
  await tell('switch', 'localhost', String(green.port));
  expect((await ask('/')).body).toBe('green');
  blue.release.pop()?.();
  expect((await slow).body).toBe('blue');
});

test('what is under way too long is cut, and counted', async () => {
  const slow = ask('/slow').catch((error: Error) => error);
  await until('the slow request', () => green.release.length === 1);
  expect(await tell('cut', '127.0.0.1')).toEqual({ cut: 0 });
  expect(await tell('cut', 'localhost')).toEqual({ cut: 1 });
  expect(await slow).toBeInstanceOf(Error);
});

test('a WebSocket is passed on', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until('the upgrade', () => text.includes('101'));
  socket.write('hello');
  await until('an echo', () => text.endsWith('green:hello'));
  socket.destroy();
});

test('it knows its target after a restart, and ends once its requests have finished', async () => {
  const slow = ask('/slow');
  await until('the slow request', () => green.release.length === 2);
  const ended = once(proxy, 'exit');
  proxy.kill('SIGTERM');
  green.release.pop()?.();
  expect((await slow).body).toBe('green');
  await ended;
  proxy = start();
  await listens();
  expect((await ask('/')).body).toBe('green');
});
