import type { HostedFunction } from '../functions/function-table.js';
import type { AdminRequest } from './admin-request.js';
import { sendJson } from './json-answer.js';
import { readBody } from './request.js';
import { endEmpty } from './respond.js';
import { routeText } from './router.js';

/** `/admin/functions[/NAME[/status]]`: list, one, its errors, and the start by hand (specification 3.3). */
export async function handleFunctionAdmin(request: AdminRequest): Promise<void> {
  const { context, segments, res, parts } = request;
  const [, name, detail] = segments;
  if (name === undefined) {
    if (parts.method !== 'GET') return endEmpty(res, 404);
    return sendJson(
      res,
      context.state.functions.map((fn) => describe(fn, request)),
    );
  }
  const fn = context.state.functions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (parts.method === 'POST' && detail === undefined) return startFunction(request, fn);
  if (parts.method !== 'GET' || !fn || segments.length > 3) return endEmpty(res, 404);
  if (detail === undefined) return sendJson(res, describe(fn, request));
  return detail.toLowerCase() === 'status'
    ? sendJson(res, { errors: fn.error ? [fn.error] : null })
    : endEmpty(res, 404);
}

function describe(fn: HostedFunction, { context, parts }: AdminRequest): Record<string, unknown> {
  const base = `${parts.proto}://${parts.host}`;
  const { routePrefix } = context.config;
  const path = `${routePrefix ? `${routePrefix}/` : ''}${routeText(fn).replace(/^\/+/, '')}`;
  return {
    name: fn.name,
    href: `${base}/admin/functions/${encodeURIComponent(fn.name)}`,
    invoke_url_template: fn.trigger === 'http' ? `${base}/${path}`.toLowerCase() : null,
    language: 'node',
    config: { name: fn.name, language: 'node', bindings: Object.values(fn.registered.metadata.bindings) },
    isDisabled: fn.disabled,
    isDirect: false,
    isProxy: false,
    test_data: '',
  };
}

/** The body decides first, then the name; what the function does is in the log (specification 3.3). */
async function startFunction({ context, req, res }: AdminRequest, fn: HostedFunction | undefined): Promise<void> {
  const body = await readBody(req, { ...context.bodyRules, strictChunked: false });
  let parsed: unknown;
  try {
    parsed = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return endEmpty(res, 400); // no body, or none that is JSON
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return endEmpty(res, 400);
  if (!fn || fn.error || fn.trigger === 'http') return endEmpty(res, 404);
  const input = (parsed as { input?: unknown }).input;
  const given = input !== undefined && input !== null;
  context.startByHand(fn.name, given ? (typeof input === 'string' ? input : JSON.stringify(input)) : undefined);
  return endEmpty(res, 202);
}
