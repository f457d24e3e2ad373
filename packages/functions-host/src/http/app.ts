import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { getSetting, isTrue, type Env } from '../config/settings.js';
import type { HostConfig } from '../config/host-json.js';
import type { Log } from '../log.js';
import { handleAdmin, sendJson, type AdminContext } from './admin.js';
import { applyCors, corsRules } from './cors.js';
import { handleFunction, type FunctionHandlerContext } from './function-handler.js';
import { homePage } from './home-page.js';
import { BodyTooLargeError, requestParts } from './request.js';
import { endEmpty } from './respond.js';
import type { Router } from './router.js';
import { Throttle } from './throttle.js';

export interface AppContext extends AdminContext, FunctionHandlerContext {
  config: HostConfig;
  env: Env;
  log: Log;
  /** Undefined while the app is still loading. */
  router?: Router;
}

/** The Express app: what every request goes through before and after it reaches a function. */
export function createHttpApp(context: AppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const cors = corsRules(context.env);
  const throttle = new Throttle(context.config.maxConcurrentRequests, context.config.maxOutstandingRequests);

  app.use((_req, res, next) => {
    for (const [name, value] of Object.entries(context.config.customHeaders)) res.setHeader(name, value);
    next();
  });
  app.use(async (req: Request, res: Response) => {
    const parts = requestParts(req);
    const path = pathOf(parts.target);
    if (path === '/_fanops/health') return health(context, req, res);
    if (context.state.phase === 'starting') return starting(res);
    if (applyCors(req, res, cors)) return;
    if (path.toLowerCase().startsWith('/admin/')) return handleAdmin(context, path, req, res, parts);
    const match = context.router?.match(parts.method, path);
    if (!match) return path === '/' ? home(context, res) : endEmpty(res, 404);
    if (!(await throttle.enter())) {
      res.setHeader('X-FUNCTION-SCALEOUT', '1');
      return endEmpty(res, 429);
    }
    try {
      await handleFunction(context, match, req, res, parts);
    } finally {
      throttle.leave();
    }
  });
  const failed: ErrorRequestHandler = (error: Error, req, res, _next) => {
    if (error instanceof BodyTooLargeError) {
      res.setHeader('Connection', 'close');
      return endEmpty(res, 413);
    }
    if (req.destroyed && !req.complete) return; // the client went away while it was sending
    context.log({ level: 'error', category: 'Host.Http', message: error.stack ?? error.message });
    if (res.headersSent) res.destroy();
    else endEmpty(res, 500);
  };
  app.use(failed);
  return app;
}

/** The path of an origin-form or absolute-form request target, not decoded. */
function pathOf(target: string): string {
  const absolute = /^https?:\/\/[^/?]*/i.exec(target)?.[0] ?? '';
  return target.slice(absolute.length).split('?')[0] || '/';
}

function health(context: AppContext, req: Request, res: Response): void {
  if (req.method !== 'GET') return endEmpty(res, 404);
  const answer = context.state.health();
  sendJson(res, answer, answer.status === 'ok' ? 200 : 503);
}

function starting(res: Response): void {
  res.statusCode = 503;
  res.setHeader('content-type', 'text/plain; charset=utf-8');
  res.end('The host is starting.');
}

function home(context: AppContext, res: Response): void {
  if (isTrue(getSetting(context.env, 'AzureWebJobsDisableHomepage'))) return endEmpty(res, 204);
  res.statusCode = 200;
  res.setHeader('content-type', 'text/html; charset=utf-8');
  res.end(homePage);
}
