import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type Server,
} from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AccessEntry } from '../src/exchange.js';
import { Router } from '../src/router.js';
import type { Placement, Route, RouterState } from '../src/state.js';
import { defaultLimits, type UpstreamLimits } from '../src/upstream.js';

/** A server of the test's own, on a free port of the loopback; gone when the test ends. */
export async function backend(
  listener: RequestListener | NetServer,
): Promise<{ url: string; port: number; server: NetServer }> {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    (server as Partial<Server>).closeAllConnections?.();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, server };
}

/** A backend that answers everything with its name. */
export async function named(name: string): Promise<{ url: string; port: number; server: NetServer }> {
  return backend((_req, res) => res.end(name));
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function stateOf(
  placements: Placement[],
  change: Partial<RouterState & { version: number; fence: number }> = {},
): RouterState {
  const { version = 1, fence = 1, ...rest } = change;
  return {
    listen: { address: '127.0.0.1', port: 0 },
    routes: [{ service: 'm1', version, fence, path: '/api/flow', placements }],
    ...rest,
  };
}

/** A route with the parts that a test does not care about filled in. */
export const routeOf = (route: Omit<Route, 'version' | 'fence'>): Route => ({ version: 1, fence: 1, ...route });

/** A router in this process, with its log in an array; stopped when the test ends. */
export async function startRouter(
  state: RouterState,
  limits: Partial<UpstreamLimits> = {},
): Promise<{ router: Router; url: string; log: AccessEntry[] }> {
  const log: AccessEntry[] = [];
  const router = await Router.start(state, (entry) => log.push(entry), { ...defaultLimits, ...limits });
  onTestFinished(() => router.stop({ idleMs: 0, deadlineMs: 0, upgrades: true }));
  return { router, url: `http://127.0.0.1:${router.listen.port}`, log };
}

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-router-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Asks until the answer is neither undefined nor false; fails after ten seconds. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** One request on a connection of its own, or of the agent in the options. */
export async function send(url: string, options: RequestOptions = {}, body?: string): Promise<Reply> {
  const req = request(url, { agent: false, ...options });
  req.end(body);
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return { status: res.statusCode ?? 0, headers: res.headers, body: await textOf(res) };
}

export async function textOf(res: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return text;
}
