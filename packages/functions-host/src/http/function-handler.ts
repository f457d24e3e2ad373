import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keys } from '../config/keys.js';
import type { HttpData, InvocationResponse, TypedData } from '../core/contract.js';
import type { Invocation, Invoker } from '../functions/invoker.js';
import { access } from './auth.js';
import { httpBindingData } from './binding-data.js';
import { hasBody, readBody, type BodyRules } from './body.js';
import { LightRequest } from './direct/light-request.js';
import { httpData, joinedQuery, type RequestParts } from './request.js';
import { endEmpty, httpResult, writeResult } from './respond.js';
import type { RouteMatch } from './router.js';
import { streamFunction, type Streaming } from './stream/handler.js';

export interface FunctionHandlerContext {
  keys: Keys;
  invoker: Invoker;
  bodyRules: BodyRules;
  /** When the app asked for it. */
  streaming?: Streaming;
  /** The app's library takes a request that is already there (see direct/). */
  lightRequests?: boolean;
}

/** Order: key (401), disabled (404 unless the master key is given), then the function (specification 2.4, 3.4). */
export async function handleFunction(
  context: FunctionHandlerContext,
  match: RouteMatch,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  const { fn } = match;
  const granted = access(fn, parts, context.keys);
  if (granted === 'denied') return endEmpty(res, 401);
  if (fn.disabled && granted !== 'master') return endEmpty(res, 404);
  if (context.streaming) return streamFunction(context.streaming, context.invoker, match, req, res, parts);

  const body = hasBody(parts.headers) ? await readBody(req, context.bodyRules) : undefined;
  let response: InvocationResponse;
  try {
    response = await context.invoker.run(fn, new HttpInvocation(parts, match, body, context.lightRequests === true));
  } catch {
    return endEmpty(res, 500); // logged by the invoker; nothing of it goes to the client (specification 3.9)
  }
  writeResult(res, httpResult(fn, response)?.http);
}

class HttpInvocation implements Invocation {
  readonly trigger: TypedData;
  readonly traceParent?: string;
  readonly traceState?: string;

  constructor(
    private readonly parts: RequestParts,
    private readonly match: RouteMatch,
    private readonly body: Buffer | undefined,
    light: boolean,
  ) {
    const { headers, method } = parts;
    this.traceParent = headers.traceparent;
    this.traceState = headers.tracestate;
    // a GET with a body is something that the library warns of
    const whole = !light || (body !== undefined && (method === 'GET' || method === 'HEAD'));
    this.trigger = { http: whole ? httpData(parts, match.values, body) : lightData(parts, match.values, body) };
  }

  /** Asked for by few functions, and not cheap. */
  get bindingData(): Record<string, unknown> {
    return httpBindingData(this.parts, this.match.values, this.body);
  }
}

function lightData(parts: RequestParts, params: Record<string, string>, body: Buffer | undefined): HttpData {
  return { nativeRequest: new LightRequest(parts, body), query: joinedQuery(parts), params };
}
