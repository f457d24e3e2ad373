import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { InvocationResponse } from '../../core/contract.js';
import type { RequestParts } from '../request.js';
import { endEmpty } from '../respond.js';
import { outcomeOf } from './direct.js';
import type { Flow } from './flow.js';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface StreamedCall {
  /** The library's own listener. */
  httpUri: string;
  invocationId: string;
  flow: Flow;
  idleMs: number;
  invocation: () => Promise<InvocationResponse>;
}

/**
 * Streaming mode: the raw request goes to the library's own listener while the invocation runs beside it; the library
 * matches them by id and answers on that connection (specification 1.7).
 */
export async function proxyStream(
  call: StreamedCall,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  const upstream = passOn(call, req, parts);
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    upstream.on('response', resolve);
    upstream.on('error', () => resolve(undefined)); // the invocation's own outcome decides then
  });
  // a handler may answer before the body ends; a broken upload shows up in the handler's own read
  pipeline(req, upstream).catch(() => undefined);
  const piped = answered.then((answer) => (answer ? pipeAnswer(answer, res, call.flow) : undefined));
  const outcome = await outcomeOf(call.invocation);
  if (outcome === 'answered' || (await call.flow.answer(outcome))) return piped;
  upstream.destroy(); // cuts an answer that has begun
  await piped;
  if (!res.headersSent) endEmpty(res, outcome);
}

function passOn(
  { httpUri, invocationId, idleMs }: StreamedCall,
  req: IncomingMessage,
  parts: RequestParts,
): ClientRequest {
  const { hostname, port } = new URL(httpUri);
  const named = connectionNames(req.headers.connection);
  const headers = Object.fromEntries(
    Object.entries(req.headers).filter(([name]) => !hopByHop.has(name) && !named.has(name) && name !== 'expect'),
  );
  const upstream = httpRequest({
    host: hostname,
    port,
    method: req.method,
    path: parts.queryText === '' ? parts.path : `${parts.path}?${parts.queryText}`,
    headers: {
      ...headers,
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': parts.host,
      'x-forwarded-proto': parts.proto,
    },
    agent: false,
    timeout: idleMs,
  });
  upstream.on('timeout', () => upstream.destroy(new Error('The streamed response was silent for too long.')));
  return upstream;
}

async function pipeAnswer(answer: IncomingMessage, res: ServerResponse, flow: Flow): Promise<void> {
  res.statusCode = answer.statusCode ?? 200;
  const named = connectionNames(answer.headers.connection);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !hopByHop.has(name) && !named.has(name)) res.setHeader(name, value);
  }
  res.flushHeaders();
  try {
    await pipeline(
      answer,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          yield chunk; // comes back when the client's side has taken it
          flow.consumed(chunk.length);
        }
      },
      res,
    );
  } catch {
    res.destroy(); // headers are out: a cut connection is the only sign left for the client
  }
}

/** Headers that a Connection header names belong to that connection only. */
function connectionNames(connection: string | undefined): Set<string> {
  return new Set(connection?.split(',').map((name) => name.trim().toLowerCase()));
}
