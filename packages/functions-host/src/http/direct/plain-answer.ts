import type { HttpData } from '../../core/contract.js';
import type { Copies } from './copies.js';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** No white space at the ends, which a `Headers` would take off, and nothing that it would refuse. */
const plainValue = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;
const withoutBody = new Set([204, 205, 304]);

interface HttpResult {
  status?: unknown;
  headers?: unknown;
  body?: unknown;
  jsonBody?: unknown;
  cookies?: unknown;
  enableContentNegotiation?: unknown;
}

/**
 * The answer for a result of the plain kinds that most handlers return: status, plain headers, and JSON, text, bytes or
 * nothing as body, as
 * the library would convert it by way of a `Response` (specification 3.6). Undefined for every other result: the
 * library has to
 * convert that.
 * Throws what JSON.stringify throws.
 */
export function plainAnswer(result: unknown, copies: Copies): HttpData | undefined {
  if (!isPlainObject(result)) return undefined;
  const { status = 200, headers, body, jsonBody, cookies, enableContentNegotiation } = result as HttpResult;
  if (
    typeof status !== 'number' ||
    !(status >= 200 && status <= 599) ||
    !Number.isInteger(status) ||
    withoutBody.has(status)
  )
    return undefined;
  if (
    enableContentNegotiation ||
    (cookies !== undefined && cookies !== null && !(Array.isArray(cookies) && cookies.length === 0))
  )
    return undefined;
  const out = plainHeaders(headers);
  if (!out) return undefined;
  if (jsonBody !== undefined && jsonBody !== null) {
    const text: unknown = JSON.stringify(jsonBody);
    return typeof text === 'string' ? answer(status, withType(out, 'application/json'), { string: text }) : undefined;
  }
  if (body === undefined || body === null) return answer(status, out, undefined);
  if (typeof body === 'string') return answer(status, withType(out, 'text/plain;charset=UTF-8'), { string: body });
  // copied, as the library does: the app may go on using its buffer
  if (!(body instanceof Uint8Array)) return undefined;
  const { copy, release } = copies.of(body);
  return { ...answer(status, out, { bytes: copy }), sent: release };
}

function answer(status: number, headers: Record<string, string>, body: HttpData['body']): HttpData {
  return { statusCode: String(status), headers, body, rendered: true };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Lower-cased and sorted, as the entries of a `Headers` are; undefined where that would do more than this. */
function plainHeaders(headers: unknown): Record<string, string> | undefined {
  if (headers === undefined) return {};
  if (!isPlainObject(headers) || Object.getOwnPropertySymbols(headers).length > 0) return undefined;
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    const lower = name.toLowerCase();
    if (typeof value !== 'string' || !plainValue.test(value) || !token.test(name) || lower === 'set-cookie')
      return undefined;
    if (entries.some(([other]) => other === lower)) return undefined;
    entries.push([lower, value]);
  }
  return Object.fromEntries(entries.length > 1 ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries);
}

function withType(headers: Record<string, string>, type: string): Record<string, string> {
  if (headers['content-type'] === undefined) headers['content-type'] = type;
  return headers;
}
