import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { InvocationResponse } from '../../core/contract.js';
import type { RequestParts } from '../request.js';
import { endEmpty } from '../respond.js';
import type { Flow } from './flow.js';
import type { MinorCollections } from './minor-collections.js';
import { uploadOf } from './upload.js';

export interface DirectCall {
  /** The library's own server, which is in this process. */
  server: Server;
  invocationId: string;
  flow: Flow;
  collections: MinorCollections;
  idleMs: number;
  /** Bytes; no limit where it is undefined. */
  limit?: number;
  invocation: () => Promise<InvocationResponse>;
}

/**
 * Streaming mode without the way over the loopback interface: the library's server gets the client's own request and
 * response, as if they
 * had come in there. No piece is copied, and the client's pace is the library's (specification 1.7).
 */
export async function streamDirectly(
  { server, invocationId, flow, collections, idleMs, limit, invocation }: DirectCall,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  Object.assign(req.headers, {
    'x-ms-invocation-id': invocationId,
    'x-forwarded-host': parts.host,
    'x-forwarded-proto': parts.proto,
  });
  req.url = parts.queryText === '' ? parts.path : `${parts.path}?${parts.queryText}`;
  res.on('error', () => undefined); // what the library writes after the answer was given up goes nowhere
  res.setTimeout(idleMs, () => (res.headersSent ? res.destroy() : endEmpty(res, 500)));
  const { request, strip } = uploadOf(req, collections, limit);
  flow.onArguments = strip;
  server.emit('request', request, res);
  const outcome = await outcomeOf(invocation);
  if (outcome === 'answered' || (await flow.answer(outcome))) return;
  if (!res.headersSent) endEmpty(res, outcome);
  else res.destroy(); // a cut connection is the only sign left for the client
}

/**
 * `answered`: the library has written the answer; else the status to send. On Azure the client of such a call hangs.
 */
export async function outcomeOf(invocation: DirectCall['invocation']): Promise<'answered' | 204 | 500> {
  try {
    return (await invocation()).hasResult ? 'answered' : 204;
  } catch {
    return 500; // logged by the invoker
  }
}
