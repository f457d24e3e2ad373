import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keys } from '../config/keys.js';
import type { Invocation, Invoker } from '../functions/invoker.js';
import { access, requestKey } from './auth.js';
import { httpBindingData } from './binding-data.js';
import { httpData, readBody, type BodyRules, type RequestParts } from './request.js';
import { endEmpty, httpResult, writeResult } from './respond.js';
import type { RouteMatch } from './router.js';
import { proxyStream } from './stream-proxy.js';

export interface FunctionHandlerContext {
  keys: Keys;
  invoker: Invoker;
  bodyRules: BodyRules;
  /** The library's own listener, when the app asked for streaming. */
  httpUri?: string;
}

/** Order: key (401), disabled (404 unless the master key is given), then the function (specification 2.4, 3.4). */
export async function handleFunction(
  context: FunctionHandlerContext, { fn, values }: RouteMatch, req: IncomingMessage, res: ServerResponse, parts: RequestParts,
): Promise<void> {
  const granted = access(fn, requestKey(parts.headers['x-functions-key'], parts.query), context.keys);
  if (granted === 'denied') return endEmpty(res, 401);
  if (fn.disabled && granted !== 'master') return endEmpty(res, 404);

  const trace = { traceParent: parts.headers.traceparent, traceState: parts.headers.tracestate };
  if (context.httpUri) {
    const invocationId = randomUUID();
    const invocation: Invocation = {
      invocationId,
      trigger: { http: {} },
      triggerMetadata: streamMetadata(parts, values),
      bindingData: httpBindingData(parts, values, undefined),
      ...trace,
    };
    return proxyStream(context.httpUri, invocationId, req, res, parts, () => context.invoker.run(fn, invocation));
  }
  const body = await readBody(req, context.bodyRules);
  let result;
  try {
    const response = await context.invoker.run(fn, {
      trigger: { http: httpData(parts, values, body) }, bindingData: httpBindingData(parts, values, body), ...trace,
    });
    result = httpResult(fn, response);
  } catch {
    return endEmpty(res, 500); // logged by the invoker; nothing of it goes to the client (specification 3.9)
  }
  writeResult(res, result?.http);
}

/** The library takes headers and params from here; every text becomes a param, query keys too (specification 1.7). */
function streamMetadata(parts: RequestParts, values: Record<string, string>): NonNullable<Invocation['triggerMetadata']> {
  const texts = { ...Object.fromEntries(parts.query), ...values };
  delete (texts as Record<string, string>).code;
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { string: value }])),
    Headers: { json: JSON.stringify(parts.headers) },
    Query: { json: JSON.stringify(Object.fromEntries(parts.query)) },
  };
}
