// The program of the proxy container: it passes requests to the container of the release that runs, and is told over a
// socket inside when that is another
// one. It uses nothing but Node, so that this one file is all there is of it. It repeats no request.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import { connect, createServer as createControl, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const [, , verb = '', ...args] = process.argv;
const { env } = process;
/** Where it was told to send requests: it knows after a restart. */
const STATE = env.FANOPS_PROXY_STATE ?? '/var/lib/fanops/target.json';
const CONTROL = env.FANOPS_PROXY_CONTROL ?? '/tmp/fanops-proxy.sock';
const PORT = Number(env.FANOPS_PROXY_PORT ?? 8080);
/** Bytes of the head of a request: what the router lets through fits in. */
const HEAD = 128 << 10;
/** Milliseconds to connect to a container. */
const CONNECT_MS = 10_000;
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);

interface Target {
  /** Name of its container. */
  name: string;
  port: number;
}

/** A request under way. */
interface UnderWay {
  target: string;
  /** True for a connection that was upgraded: it has no end of its own. */
  isUpgraded?: boolean;
  cut(): void;
}

let target: Target | undefined;
const underWay = new Set<UnderWay>();
const countOf = (name: string): number => [...underWay].filter((each) => each.target === name).length;

/** Headers as they came, but those that mean one connection only. */
function passed(rawHeaders: readonly string[], keep: readonly string[] = []): string[] {
  const named = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.toLowerCase() === 'connection')
      for (const name of rawHeaders[at + 1]!.split(',')) named.add(name.trim().toLowerCase());
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!keep.includes(name) && (HOP_BY_HOP.has(name) || (named.has(name) && !/^(host|content-|transfer-)/.test(name))))
      continue;
    headers.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return headers;
}

function refuse(res: ServerResponse, status: number, error: string): void {
  if (res.headersSent) return void res.destroy();
  const body = JSON.stringify({ error });
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

const optionsOf = (req: IncomingMessage, to: Target, headers: string[]): RequestOptions => ({
  host: to.name,
  port: to.port,
  method: req.method,
  path: req.url,
  headers,
  agent: false,
  maxHeaderSize: HEAD,
  setHost: false,
});

/** Tells when a container does not take the connection in time; its answer may take as long as it likes. */
function connectInTime(outgoing: ReturnType<typeof request>): void {
  outgoing.once('socket', (socket) => {
    const timer = setTimeout(() => outgoing.destroy(new Error('connect timeout')), CONNECT_MS);
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
  });
}

function pass(req: IncomingMessage, res: ServerResponse): void {
  const to = target;
  if (!to) return refuse(res, 503, 'no release of this service runs');
  const headers = [...passed(req.rawHeaders), 'connection', 'close'];
  // Node would send a body of no chunks where there is none.
  if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined)
    if (!BODILESS.has(req.method ?? '')) headers.push('content-length', '0');
  let outgoing: ReturnType<typeof request>;
  try {
    outgoing = request(optionsOf(req, to, headers));
  } catch {
    // Node's client is stricter than its server about what a request may hold.
    return refuse(res, 400, 'the request is malformed');
  }
  const turn: UnderWay = { target: to.name, cut: () => (outgoing.destroy(), res.destroy()) };
  underWay.add(turn);
  res.once('close', () => {
    underWay.delete(turn);
    if (!res.writableFinished) outgoing.destroy();
    if (!req.complete) req.unpipe().resume();
  });
  connectInTime(outgoing);
  outgoing.on('response', (answer) => {
    res.sendDate = false;
    const isPlain = /^[\t\x20-\x7e\x80-\xff]*$/.test(answer.statusMessage ?? '');
    res.writeHead(answer.statusCode ?? 502, isPlain ? answer.statusMessage : '', passed(answer.rawHeaders));
    res.flushHeaders();
    answer.pipe(res);
    answer.once('close', () => {
      if (!answer.complete) res.destroy();
    });
  });
  outgoing.on('continue', () => res.writeContinue());
  outgoing.on('error', () => refuse(res, 502, 'the release of this service does not answer'));
  req.pipe(outgoing);
}

function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
  const to = target;
  const say = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
  if (!to) return say('503 Service Unavailable');
  const headers = passed(req.rawHeaders, ['connection', 'upgrade']);
  const outgoing = request(optionsOf(req, to, headers));
  const turn: UnderWay = { target: to.name, isUpgraded: true, cut: () => (outgoing.destroy(), socket.destroy()) };
  underWay.add(turn);
  socket.once('close', () => {
    underWay.delete(turn);
    outgoing.destroy();
  });
  socket.on('error', () => outgoing.destroy());
  connectInTime(outgoing);
  const heads = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string => {
    const lines = [];
    for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`);
    return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`;
  };
  outgoing.on('upgrade', (answer, far: Socket, first) => {
    far.on('error', () => socket.destroy());
    far.once('close', () => socket.destroy());
    socket.once('close', () => far.destroy());
    socket.write(heads(answer));
    if (first.length > 0) socket.write(first);
    if (head.length > 0) far.write(head);
    socket.pipe(far);
    far.pipe(socket);
  });
  outgoing.on('response', (answer) => {
    socket.write(heads(answer));
    answer.pipe(socket);
  });
  outgoing.on('error', () => say('502 Bad Gateway'));
  outgoing.end();
}

/** A command that came over the control socket. */
function obey(command: string, values: readonly string[]): unknown {
  const [name = '', port = ''] = values;
  if (command === 'switch') {
    target = { name, port: Number(port) };
    writeFileSync(`${STATE}.new`, JSON.stringify(target));
    renameSync(`${STATE}.new`, STATE);
  } else if (command === 'cut') {
    const cut = [...underWay].filter((each) => each.target === name);
    for (const each of cut) each.cut();
    return { cut: cut.length };
  } else if (command !== 'status') return { error: `unknown command ${command}` };
  const names = new Set([...underWay].map((each) => each.target));
  return { target: target ?? null, underWay: Object.fromEntries([...names].map((each) => [each, countOf(each)])) };
}

function serve(): void {
  if (existsSync(STATE)) target = JSON.parse(readFileSync(STATE, 'utf8')) as Target;
  const server = createServer({ maxHeaderSize: HEAD, requestTimeout: 0, keepAliveTimeout: 90_000 }, pass);
  server.on('checkContinue', pass);
  server.on('upgrade', upgrade);
  server.on('clientError', (_error, socket) => void socket.destroy());
  server.listen(PORT, '0.0.0.0');
  rmSync(CONTROL, { force: true });
  const control = createControl({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('end', () => {
      const [command = '', ...values] = JSON.parse(text) as string[];
      socket.end(JSON.stringify(obey(command, values)));
    });
  }).listen(CONTROL);
  process.on('SIGTERM', () => {
    server.close();
    control.close();
    for (const each of underWay) if (each.isUpgraded) each.cut();
    // A connection that is kept after its answer would hold it up.
    setInterval(() => server.closeIdleConnections(), 100).unref();
  });
}

/** Gives a command to the proxy of this container. */
function tell(command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(CONTROL, () => void socket.end(JSON.stringify(command)));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });
}

/** Asks an address until it is well three times in a row, or the time is over. */
async function untilWell(url: string, deadlineMs: number, release: string): Promise<unknown> {
  const until = Date.now() + deadlineMs;
  let times = 0;
  let body = '';
  for (;;) {
    let seen: string;
    try {
      const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) });
      body = (await answer.text()).slice(0, 20_000);
      const isWell = answer.status < 400 || answer.status === 401;
      const who = release === '' || (JSON.parse(body) as { release?: string }).release === release;
      seen = who ? `health ${answer.status}` : 'another release answers';
      times = isWell && who ? times + 1 : 0;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      seen = `no answer: ${cause?.code ?? message}`;
      times = 0;
    }
    if (times >= 3) return { ok: true, seen, body };
    if (Date.now() > until) return { ok: false, seen, body };
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Asks a release what the router will ask it. The question comes on the standard input. */
async function probe(url: string): Promise<unknown> {
  const file = '/tmp/question.json';
  writeFileSync(file, readFileSync(0));
  const trial = './trial-probe.cjs';
  const { default: program } = (await import(trial)) as {
    default: { probeTrial(file: string, url: string): Promise<unknown> };
  };
  return program.probeTrial(file, url);
}

async function main(): Promise<void> {
  const [url = '', deadline = '0', release = ''] = args;
  if (verb === 'serve') return serve();
  const say = (answer: unknown): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (verb === 'health') say(await untilWell(url, Number(deadline), release));
  else if (verb === 'probe') say(await probe(url));
  else process.stdout.write(`${await tell([verb, ...args])}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
