import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keys } from '../config/keys.js';
import type { HostState } from '../lifecycle/state.js';
import { matchesAny, requestKey } from './auth.js';
import { readBody, type BodyRules, type RequestParts } from './request.js';
import { endEmpty } from './respond.js';
import { hostVersion } from '../core/core-api.js';

export interface AdminContext {
  keys: Keys;
  state: HostState;
  bodyRules: BodyRules;
  /** Starts a function that is not triggered by HTTP; errors are logged there. */
  startByHand: (name: string, input: string | undefined) => void;
}

/** `/admin/...`: ping is open, everything else needs the master key, else 401 (specification 3.3). */
export async function handleAdmin(
  context: AdminContext, path: string, req: IncomingMessage, res: ServerResponse, parts: RequestParts,
): Promise<void> {
  const { method } = parts;
  if (path === '/admin/host/ping' && (method === 'GET' || method === 'POST')) return endEmpty(res, 200);
  const key = requestKey(parts.headers['x-functions-key'], parts.query);
  if (!key || !matchesAny(key, context.keys.master)) return endEmpty(res, 401);
  const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
  if (method === 'GET' && path === '/admin/host/status') {
    return sendJson(res, { state: context.state.status === 'ok' ? 'Running' : context.state.status, version: hostVersion });
  }
  if (method === 'GET' && path === '/admin/functions') {
    return sendJson(res, context.state.functions.map((fn) => ({ name: fn.name, trigger: fn.trigger, isDisabled: fn.disabled })));
  }
  if (method === 'POST' && name) return startFunction(context, decodeURIComponent(name), req, res);
  return endEmpty(res, 404);
}

async function startFunction(context: AdminContext, name: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const fn = context.state.functions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (!fn || fn.error || fn.trigger === 'http') return endEmpty(res, 404);
  const body = await readBody(req, { ...context.bodyRules, strictChunked: false });
  let parsed: unknown;
  try {
    parsed = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return endEmpty(res, 400); // no body, or none that is JSON
  }
  if (typeof parsed !== 'object' || parsed === null) return endEmpty(res, 400);
  const input = (parsed as { input?: unknown }).input;
  const given = input !== undefined && input !== null;
  context.startByHand(fn.name, given ? (typeof input === 'string' ? input : JSON.stringify(input)) : undefined);
  return endEmpty(res, 202);
}

export function sendJson(res: ServerResponse, value: unknown, status = 200): void {
  res.statusCode = status;
  res.setHeader('content-type', 'application/json');
  res.setHeader('cache-control', 'no-store');
  res.end(JSON.stringify(value));
}
