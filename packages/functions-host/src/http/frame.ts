import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { getSetting, isTrue, type Env } from '../config/settings.js';
import type { Log } from '../log.js';
import type { AdminContext } from './admin-request.js';
import { handleAdmin, isReservedPath } from './admin.js';
import { BodyCutError } from './body.js';
import { homePage } from './home-page.js';
import { handleOperator, type OperatorContext } from './operator.js';
import type { RequestParts } from './request.js';
import { endEmpty } from './respond.js';

export interface FrameContext extends AdminContext, OperatorContext {
  env: Env;
  log: Log;
}

export type Frame = (req: IncomingMessage, res: ServerResponse, parts: RequestParts) => void;

/** The Express app around the functions: what the host answers itself, and 404 for the rest (specification 3.3). */
export function createFrame(context: FrameContext): Frame {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const known = new WeakMap<IncomingMessage, RequestParts>();

  app.use(async (req, res) => {
    const parts = known.get(req)!;
    const { path } = parts;
    if (path.startsWith('/_fanops/')) return handleOperator(context, path, req, res, parts);
    if (context.state.phase === 'starting') return starting(res);
    if (isReservedPath(path)) return handleAdmin(context, path, req, res, parts);
    return path === '/' ? home(context, res) : endEmpty(res, 404);
  });
  const failed: ErrorRequestHandler = (error: Error, req, res, _next) => {
    // The client went away while it was sending.
    if (error instanceof BodyCutError || (req.destroyed && !req.complete)) return;
    context.log({ level: 'error', category: 'Host.Http', message: error.stack ?? error.message });
    if (res.headersSent) res.destroy();
    else endEmpty(res, 500);
  };
  app.use(failed);
  return (req, res, parts) => {
    known.set(req, parts);
    app(req, res);
  };
}

function starting(res: Response): void {
  res.statusCode = 503;
  res.setHeader('content-type', 'text/plain; charset=utf-8');
  res.end('The host is starting.');
}

function home(context: FrameContext, res: Response): void {
  if (isTrue(getSetting(context.env, 'AzureWebJobsDisableHomepage'))) return endEmpty(res, 204);
  res.statusCode = 200;
  res.setHeader('content-type', 'text/html; charset=utf-8');
  res.end(homePage);
}
