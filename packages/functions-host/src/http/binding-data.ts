import type { RequestParts } from './request.js';
import { joinedQuery } from './request.js';
import type { RouteValues } from './match.js';

/** Values for `{expression}` of an HTTP trigger: body < query < route; `code` is left out (specification 2.3). */
export function httpBindingData(
  parts: RequestParts,
  values: RouteValues,
  body: Buffer | undefined,
): Record<string, unknown> {
  const query = joinedQuery(parts);
  const { code: _code, ...openQuery } = query;
  return {
    ...jsonProperties(parts.headers['content-type'], body),
    ...openQuery,
    ...values,
    headers: parts.headers,
    query,
  };
}

function jsonProperties(contentType: string | undefined, body: Buffer | undefined): Record<string, unknown> {
  if (!body || !contentType?.toLowerCase().includes('json')) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {}; // a body that only claims to be JSON has no properties
  }
}
