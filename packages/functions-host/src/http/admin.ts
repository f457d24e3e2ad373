import type { IncomingMessage, ServerResponse } from 'node:http';
import { handleFunctionAdmin } from './admin-functions.js';
import { hostStatus } from './admin-host.js';
import { handleKeys } from './admin-keys.js';
import type { AdminContext, AdminRequest } from './admin-request.js';
import { matchesAny, requestKey } from './auth.js';
import { sendJson } from './json-answer.js';
import type { RequestParts } from './request.js';
import { endEmpty } from './respond.js';

/** Whether a path is the host's own, which no function's route may take (specification 3.3). */
export function isReservedPath(path: string): boolean {
  return /^\/(?:admin|runtime\/webhooks)(?:\/|$)/i.test(path);
}

/**
 * `/admin/...`: ping is open, everything else needs the master key, else 401; `/runtime/webhooks/...` has no extension
 * behind it here, which is 404 (specification 3.3).
 */
export async function handleAdmin(
  context: AdminContext,
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
  parts: RequestParts,
): Promise<void> {
  const lower = path.toLowerCase().replace(/\/$/, '');
  if (lower.startsWith('/runtime/')) return endEmpty(res, 404);
  if (lower === '/admin/host/ping' && (parts.method === 'GET' || parts.method === 'POST')) return endEmpty(res, 200);
  const key = requestKey(parts);
  if (!key || !matchesAny(key, context.keys.master)) return endEmpty(res, 401);
  const segments = path
    .split('/')
    .slice(2)
    .filter((segment) => segment !== '')
    .map(decoded);
  const request: AdminRequest = { context, path: lower, segments, req, res, parts };
  const [area, name, detail] = lower.split('/').slice(2);
  if (/^(?:keys|functionkeys|systemkeys)$/.test((area === 'host' ? name : detail) ?? '')) return handleKeys(request);
  if (area === 'functions') return handleFunctionAdmin(request);
  return handleHost(request);
}

function handleHost({ context, path, res, parts: { method } }: AdminRequest): void {
  if (method === 'GET' && path === '/admin/host/status') return sendJson(res, hostStatus(context.state));
  if (method === 'POST' && path === '/admin/host/synctriggers') return sendJson(res, { status: 'success' });
  if (method === 'POST' && path === '/admin/host/restart' && context.restart) {
    endEmpty(res, 202);
    return context.restart();
  }
  return endEmpty(res, 404);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a malformed escape names nothing
  }
}
