/**
 * A reverse proxy between a cloud SDK and an emulator that does what real clouds do and emulators do not: it drops answers, sends errors,
 * rewrites answers, each for the requests that a fault names and as often as it says. Faults are data, tried in order; the first that fits
 * and has turns left is used, else the request simply passes.
 *
 *   const proxy = await startFaultProxy(moto.url);
 *   proxy.faults.push({ on: { body: /Action=RunInstances/ }, times: 1, then: { kind: 'lose' } });
 *   … calls through proxy.url …
 *   expect(proxy.seen(/Action=RunInstances/)).toBe(2);
 */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Match {
  method?: string;
  /** Against path and query. */
  path?: RegExp;
  body?: RegExp;
  /** Against the header that carries the login; of AWS it names the region. */
  authorization?: RegExp;
}

export type Reaction =
  /** Forwards the request, then cuts the connection: the server acted, the client does not know. */
  | { kind: 'lose' }
  /** Cuts the connection without forwarding. */
  | { kind: 'cut' }
  /** Takes the request and says nothing. */
  | { kind: 'silent' }
  /** Answers with one byte every so many milliseconds, for ever. */
  | { kind: 'drip'; status: number; everyMs: number; headers?: Record<string, string> }
  /** Answers in place of the server. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body: string }
  /** Forwards another request in place of this one: for what only the proxy made up, such as the token of a page. */
  | { kind: 'instead'; request: (request: Seen) => Seen }
  /** Forwards, and changes the answer. */
  | {
      kind: 'rewrite';
      body: (body: string, request: Seen) => string;
      status?: number;
      headers?: Record<string, string>;
    };

export interface Fault {
  on: Match;
  /** How often; default: always. */
  times?: number;
  /** How many fitting requests pass before the first. */
  after?: number;
  then: Reaction;
}

/** A request that came through. */
export interface Seen {
  method: string;
  path: string;
  body: string;
  headers: IncomingMessage['headers'];
}

/** Stands in the way of requests that pass. What it throws cuts the connection. */
export interface Gate {
  /** Awaited before the request is forwarded: thrown here, the server never sees it. */
  before?(request: Seen): Promise<void> | void;
  /** Awaited once the server has acted, before its answer goes back. */
  after?(request: Seen): Promise<void> | void;
}

export interface FaultProxy {
  url: string;
  faults: Fault[];
  gate: Gate;
  /** Changes each answer that passes. */
  mask?: (body: string) => string;
  requests: Seen[];
  /** How many requests had this in path or body. */
  seen(what: RegExp): number;
  /** Forgets faults and requests. */
  clear(): void;
  stop(): Promise<void>;
}

/** Starts it on a free port of the loopback interface; with `tls` it speaks https. */
export async function startFaultProxy(target: string, tls?: { key: string; cert: string }): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const requests: Seen[] = [];
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const seen: Seen = {
      method: req.method ?? 'GET',
      path: req.url ?? '/',
      body: await textOf(req),
      headers: req.headers,
    };
    requests.push(seen);
    const reaction = take(faults, seen);
    if (reaction?.kind === 'cut') return void req.socket.destroy();
    if (reaction?.kind === 'silent') return;
    if (reaction?.kind === 'drip') return drip(res, reaction);
    if (reaction?.kind === 'answer') return void res.writeHead(reaction.status, reaction.headers).end(reaction.body);
    await proxy.gate.before?.(seen);
    const answer = await forward(target, reaction?.kind === 'instead' ? reaction.request(seen) : seen);
    await proxy.gate.after?.(seen);
    answer.body = proxy.mask?.(answer.body) ?? answer.body;
    if (reaction?.kind === 'lose') return void req.socket.destroy();
    const {
      connection: _connection,
      'transfer-encoding': _encoding,
      'content-length': _length,
      ...headers
    } = answer.headers;
    if (reaction?.kind === 'rewrite')
      return void res
        .writeHead(reaction.status ?? answer.status, { ...headers, ...reaction.headers })
        .end(reaction.body(answer.body, seen));
    res.writeHead(answer.status, headers).end(answer.body);
  };
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    handle(req, res).catch((error: unknown) => {
      res.destroy(error instanceof Error ? error : undefined);
    });
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    gate: {},
    seen: (what) => requests.filter(({ path, body }) => what.test(path) || what.test(body)).length,
    clear: () => {
      faults.length = 0;
      requests.length = 0;
      proxy.gate = {};
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function drip(res: ServerResponse, { status, everyMs, headers }: Extract<Reaction, { kind: 'drip' }>): void {
  res.writeHead(status, headers);
  const timer = setInterval(() => res.write(' '), everyMs);
  res.on('close', () => clearInterval(timer));
}

function take(faults: Fault[], seen: Seen): Reaction | undefined {
  const fits = ({ on }: Fault): boolean =>
    (on.method === undefined || on.method === seen.method) &&
    (on.path?.test(seen.path) ?? true) &&
    (on.body?.test(seen.body) ?? true) &&
    (on.authorization?.test(seen.headers.authorization ?? '') ?? true);
  for (const fault of faults) {
    if (!fits(fault) || fault.times === 0) continue;
    if (fault.after) {
      fault.after -= 1;
      continue;
    }
    if (fault.times !== undefined) fault.times -= 1;
    return fault.then;
  }
  return undefined;
}

async function forward(
  target: string,
  { method, path, body, headers }: Seen,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const { 'content-length': _length, ...rest } = headers;
  const req = request(new URL(path, target), {
    method,
    headers: {
      ...rest,
      'accept-encoding': 'identity',
      connection: 'close',
      ...(body ? { 'content-length': Buffer.byteLength(body) } : {}),
    },
  });
  req.end(body);
  const [answer] = (await once(req, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await textOf(answer) };
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
