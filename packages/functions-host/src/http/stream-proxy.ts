import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { InvocationResponse } from '../core/contract.js';
import { endEmpty } from './respond.js';
import type { RequestParts } from './request.js';

const idleTimeout = 240_000;
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'proxy-connection']);

/**
 * Streaming mode: the raw request goes to the library's own listener while the invocation runs beside it; the library
 * matches them by id and answers on that connection (specification 1.7). On Azure a handler that throws or returns
 * nothing leaves the client hanging; here it gets 500 or 204.
 */
export async function proxyStream(
  httpUri: string, invocationId: string, req: IncomingMessage, res: ServerResponse, parts: RequestParts,
  invocation: () => Promise<InvocationResponse>,
): Promise<void> {
  const headers = { ...req.headers };
  for (const name of hopByHop) delete headers[name];
  const target = new URL(httpUri);
  const upstream = httpRequest({
    host: target.hostname,
    port: target.port,
    method: req.method,
    path: req.url,
    headers: { ...headers, 'x-ms-invocation-id': invocationId, 'x-forwarded-host': parts.host, 'x-forwarded-proto': parts.proto },
    agent: false,
    timeout: idleTimeout,
  });
  upstream.on('timeout', () => upstream.destroy(new Error('The streamed response was silent for too long.')));
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    upstream.on('response', resolve);
    upstream.on('error', () => resolve(undefined)); // the invocation's own outcome decides then
  });
  // a handler may answer before the body ends; a broken upload shows up in the handler's own read
  pipeline(req, upstream).catch(() => undefined);

  const outcome = invocation().then(
    (response): Outcome => (response.hasResult ? 'answers' : 204),
    (): Outcome => 500, // logged by the invoker
  );
  const first = await Promise.race([answered, outcome]);
  const answer = first === 'answers' ? await answered : first;
  if (typeof answer === 'object') return pipeAnswer(answer, res);
  upstream.destroy();
  const status = typeof answer === 'number' ? answer : await outcome;
  return endEmpty(res, typeof status === 'number' ? status : 500);
}

/** What the invocation alone tells: it wrote an answer to the proxied connection, or the status to send instead. */
type Outcome = 'answers' | 204 | 500;

async function pipeAnswer(answer: IncomingMessage, res: ServerResponse): Promise<void> {
  res.statusCode = answer.statusCode ?? 200;
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !hopByHop.has(name)) res.setHeader(name, value);
  }
  try {
    await pipeline(answer, res);
  } catch {
    res.destroy(); // headers are out: a cut connection is the only sign left for the client
  }
}
