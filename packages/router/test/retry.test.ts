import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findProgram } from '../src/foreign/system.js';
import type { AccessEntry } from '../src/exchange.js';
import { held, sharedBundle } from './held.js';
import { backend, freePort, routeOf, send, textOf, until } from './helpers.js';

const has = async (name: 'nginx' | 'haproxy'): Promise<boolean> =>
  findProgram(name).then(
    () => true,
    () => false,
  );
const there = { embedded: true, nginx: await has('nginx'), haproxy: await has('haproxy') };

/** An app on a fixed port that can go away and come back, and counts what it was asked. */
async function app(port: number) {
  const asked: string[] = [];
  let server: Server;
  const start = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer((req, res) => {
        asked.push(`${req.method ?? ''} ${req.url ?? ''}`);
        void textOf(req).then((text) =>
          setTimeout(() => res.end(`ok ${text}`), Number(/ms=(\d+)/.exec(req.url ?? '')?.[1] ?? 0)),
        );
      }).listen(port, '127.0.0.1', resolve);
    });
  const die = (): void => {
    server.close();
    server.closeAllConnections();
  };
  await start();
  onTestFinished(die);
  return { asked, start, die, count: (path: string) => asked.filter((each) => each.endsWith(path)).length };
}

describe.each(['embedded', 'nginx', 'haproxy'] as const)('%s', (engine) => {
  if (!there[engine]) return test.skip(`${engine} is not installed on this machine`, () => undefined);
  const bundle = sharedBundle();
  const routed = (port: number) =>
    held(bundle(), engine, [
      routeOf({
        service: 'm1',
        path: '/api',
        placements: [{ name: 'vm', url: `http://127.0.0.1:${port}`, weight: 1 }],
      }),
    ]);
  const lines = async (dir: string, path: string, count: number): Promise<AccessEntry[]> =>
    until(`${count} lines of ${path}`, async () => {
      const entries = (await readFile(join(dir, 'access.log'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AccessEntry);
      const found = entries.filter((entry) => entry.path === path);
      return found.length === count && found;
    });

  test('safe requests wait for an app that comes back in a moment; of one that is away for long they are told soon', async () => {
    const port = await freePort();
    const { asked, start, die } = await app(port);
    const { url, dir } = await routed(port);
    expect((await send(`${url}/api/first`)).status).toBe(200);
    die();
    const waiting = Promise.all(
      ['GET', 'HEAD', 'OPTIONS', 'GET'].map((method, index) => send(`${url}/api/wait${index}`, { method })),
    );
    await delay(1_500);
    await start();
    expect((await waiting).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(asked.filter((each) => each.includes('wait'))).toHaveLength(4);
    expect(await lines(dir, '/api/wait0', 1)).toMatchObject([{ status: 200, placement: 'vm' }]);
    die();
    const begun = performance.now();
    expect((await send(`${url}/api/gone`)).status).toBe(502);
    expect(performance.now() - begun).toBeLessThan(10_000);
    const later = performance.now();
    expect((await send(`${url}/api/gone`)).status).toBe(502);
    expect(performance.now() - later).toBeLessThan(3_000);
    expect((await lines(dir, '/api/gone', 2)).map(({ status, error }) => [status, error !== undefined])).toEqual([
      [502, true],
      [502, true],
    ]);
  });

  test('a GET that was only just sent is sent once more when its connection breaks; a POST never is, nor a GET that has run for long', async () => {
    const port = await freePort();
    const { start, die, count } = await app(port);
    const { url } = await routed(port);
    const asks = [send(`${url}/api/slow?ms=60000`), send(`${url}/api/posted?ms=60000`, { method: 'POST' }, 'body')];
    await until('both to run', () => count('/api/slow?ms=60000') + count('/api/posted?ms=60000') === 2);
    await delay(2_500);
    const fresh = send(`${url}/api/fresh?ms=500`);
    await until('the fresh one to run', () => count('/api/fresh?ms=500') === 1);
    die();
    await start();
    expect((await Promise.all(asks)).map(({ status }) => status)).toEqual([502, 502]);
    expect(await fresh).toMatchObject({ status: 200, body: 'ok ' });
    await delay(500);
    expect([count('/api/slow?ms=60000'), count('/api/posted?ms=60000'), count('/api/fresh?ms=500')]).toEqual([1, 1, 2]);
  });

  // HAProxy does not tell an answer that broke within its headers from none.
  test('a GET with a body is not repeated, nor one of whose answer a byte was there', async () => {
    let connections = 0;
    const { port } = await backend(
      createNetServer((socket) => {
        socket
          .on('error', () => undefined)
          .once('data', (data) => {
            connections += 1;
            if (String(data).includes('/api/part')) socket.write('HTTP/1.1 200 OK\r\nx-part');
            setTimeout(() => socket.destroy(), 50);
          });
      }),
    );
    const { url } = await routed(port);
    const once = async (path: string, body?: string): Promise<void> => {
      connections = 0;
      expect(
        (await send(`${url}${path}`, body === undefined ? {} : { headers: { 'content-length': body.length } }, body))
          .status,
      ).toBe(502);
      expect(connections, path).toBe(1);
    };
    await once('/api/body', 'body');
    if (engine !== 'haproxy') await once('/api/part');
  });
});
