import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { InvocationResponse } from '../../core/contract.js';
import { getSetting, type Env } from '../../config/settings.js';
import type { Invocation, Invoker } from '../../functions/invoker.js';
import { httpBindingData } from '../binding-data.js';
import { BodyTooLargeError } from '../body.js';
import { joinedQuery, type RequestParts } from '../request.js';
import type { RouteMatch } from '../router.js';
import { streamDirectly } from './direct.js';
import { Flow } from './flow.js';
import { MinorCollections } from './minor-collections.js';
import type { Flows } from './model.js';
import { proxyStream } from './proxy.js';

export interface Streaming {
  /** The library's own listener. */
  httpUri: string;
  /** That listener itself, where it is known. */
  server?: Server;
  flows: Flows;
  collections: MinorCollections;
  /** ms between two bytes, either way (specification 1.7). */
  idleMs: number;
  /** Bytes that a body may have, where the setting says so; else a stream is as long as it is. */
  limit?: number;
}

const IDLE_SECONDS = 240;

/** Undefined where the app did not ask for streaming. The setting FANOPS_STREAM_IDLE_SECONDS takes the place of 240. */
export function streamingOf(app: { httpUri?: string; streamServer?: Server }, env: Env): Streaming | undefined {
  if (app.httpUri === undefined) return undefined;
  const seconds = Number(getSetting(env, 'FANOPS_STREAM_IDLE_SECONDS')) || IDLE_SECONDS;
  return {
    httpUri: app.httpUri,
    server: app.streamServer,
    flows: new Map(),
    collections: new MinorCollections(),
    idleMs: seconds * 1000,
    limit: Number(getSetting(env, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT')) || undefined,
  };
}

/**
 * A call in streaming mode: the library takes body and answer from its own listener, the rest from here (specification
 * 1.7).
 */
export async function streamFunction(
  { httpUri, server, flows, collections, idleMs, limit }: Streaming,
  invoker: Invoker,
  { fn, values }: RouteMatch,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  if (limit !== undefined && Number(req.headers['content-length'] ?? 0) > limit) throw new BodyTooLargeError();
  const invocationId = randomUUID();
  const direct = server?.listenerCount('request') === 1 ? server : undefined;
  const flow = new Flow(res, !direct, collections);
  const invocation: Invocation = {
    invocationId,
    trigger: { http: {} },
    triggerMetadata: streamMetadata(parts, values),
    bindingData: httpBindingData(parts, values, undefined),
    traceParent: parts.headers.traceparent,
    traceState: parts.headers.tracestate,
  };
  flows.set(invocationId, flow);
  const run = (): Promise<InvocationResponse> => invoker.run(fn, invocation).finally(() => flows.delete(invocationId));
  if (direct)
    return streamDirectly(
      { server: direct, invocationId, flow, collections, idleMs, limit, invocation: run },
      req,
      res,
      parts,
    );
  return proxyStream({ httpUri, invocationId, flow, idleMs, invocation: run }, req, res, parts);
}

/** The library takes headers and params from here; every text becomes a param, query keys too (specification 1.7). */
function streamMetadata(
  parts: RequestParts,
  values: Record<string, string>,
): NonNullable<Invocation['triggerMetadata']> {
  const query = joinedQuery(parts);
  const { code: _code, ...openQuery } = query;
  return {
    ...Object.fromEntries(
      Object.entries({ ...openQuery, ...values }).map(([name, value]) => [name, { string: value }]),
    ),
    Headers: { json: JSON.stringify(parts.headers) },
    Query: { json: JSON.stringify(query) },
  };
}
