import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HostConfig } from '../config/host-json.js';
import { BodyCutError, BodyTooLargeError, discardBody } from './body.js';
import { isReservedPath } from './admin.js';
import { applyCors } from './cors.js';
import { createFrame, type FrameContext } from './frame.js';
import { handleFunction, type FunctionHandlerContext } from './function-handler.js';
import { applyHsts } from './hsts.js';
import { RequestParts } from './request.js';
import { endEmpty } from './respond.js';
import type { RouteMatch, Router } from './router.js';
import { isValidHost, lastAnswer } from './target.js';
import { Throttle } from './throttle.js';

export interface AppContext extends FrameContext, FunctionHandlerContext {
  config: HostConfig;
  /** Undefined while the app is still loading. */
  router?: Router;
}

/**
 * What every request goes through. A call of a function goes straight there; everything else is Express' (see
 * frame.ts).
 */
export function createHttpApp(context: AppContext): RequestListener {
  const { hsts, cors, maxConcurrentRequests, maxOutstandingRequests } = context.config;
  const customHeaders = Object.entries(context.config.customHeaders);
  const limited = maxConcurrentRequests !== undefined || maxOutstandingRequests !== undefined;
  const throttle = limited ? new Throttle(maxConcurrentRequests, maxOutstandingRequests) : undefined;
  const validHost = lastAnswer(isValidHost);
  const frame = createFrame(context);

  return (req, res) => {
    const parts = new RequestParts(req, validHost);
    if (!parts.valid) return endEmpty(res, 400);
    for (const [name, value] of customHeaders) res.setHeader(name, value);
    if (hsts) applyHsts(res, parts, hsts);
    const { path } = parts;
    if (path.startsWith('/_fanops/') || context.state.phase === 'starting') return frame(req, res, parts);
    if (cors && applyCors(req, res, cors)) return;
    const match = isReservedPath(path) ? undefined : context.router?.match(parts.method, path);
    if (!match) return frame(req, res, parts);
    const done = throttle
      ? throttled(throttle, context, match, req, res, parts)
      : handleFunction(context, match, req, res, parts);
    done.catch((error: Error) => failed(context, error, req, res));
  };
}

async function throttled(
  throttle: Throttle,
  context: AppContext,
  match: RouteMatch,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  if (!(await throttle.enter())) {
    res.setHeader('X-FUNCTION-SCALEOUT', '1');
    return endEmpty(res, 429);
  }
  try {
    await handleFunction(context, match, req, res, parts);
  } finally {
    throttle.leave();
  }
}

function failed(context: AppContext, error: Error, req: IncomingMessage, res: ServerResponse): void {
  if (error instanceof BodyTooLargeError) {
    discardBody(req);
    return endEmpty(res, 413);
  }
  // The client went away while it was sending.
  if (error instanceof BodyCutError || (req.destroyed && !req.complete)) return;
  context.log({ level: 'error', category: 'Host.Http', message: error.stack ?? error.message });
  if (res.headersSent) res.destroy();
  else endEmpty(res, 500);
}
