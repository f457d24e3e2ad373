import type { ServerResponse } from 'node:http';
import type { HttpData, InvocationResponse, TypedData } from '../core/contract.js';
import type { HostedFunction } from '../functions/function-table.js';
import { setCookieLine } from './cookies.js';
import { negotiate } from './negotiate.js';
import { render } from './render.js';

/** Set by the server alone. */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'content-length',
]);

/** Ends with a status and an empty body: what the platform answers for 401, 404, 413, 500 (specification 3.3, 3.9). */
export function endEmpty(res: ServerResponse, status: number): void {
  res.statusCode = status;
  if (status !== 204) res.setHeader('content-length', '0');
  res.end();
}

/**
 * The function's HTTP result: from `$return`, else from the http output's own name; none without such an output
 * (specification 3.6,
 * 3.7).
 */
export function httpResult(fn: HostedFunction, response: InvocationResponse): TypedData | undefined {
  const output = fn.outputs.find(({ type }) => type === 'http' || type.toLowerCase() === 'http');
  if (!output) return undefined;
  if (output.name === '$return') return response.returnValue ?? undefined;
  return response.outputData?.find(({ name }) => name === output.name)?.data;
}

/**
 * Writes the result; no result is 204 (specification 3.6). Throws, with nothing written, when status, headers or body
 * cannot be sent.
 */
export function writeResult(res: ServerResponse, data: HttpData | undefined): void {
  if (!data) return endEmpty(res, 204);
  const status = statusOf(data.statusCode);
  const { type, names } = setHeaders(res, data.headers);
  try {
    const rendered = data.enableContentNegotiation ? negotiate(data, type, res.req.headers.accept) : render(data, type);
    if (!rendered) return endEmpty(res, 406);
    if (rendered.type !== undefined) res.setHeader('content-type', rendered.type);
    if (data.cookies && data.cookies.length > 0 && !data.enableContentNegotiation) {
      names.push('set-cookie');
      for (const cookie of data.cookies) res.appendHeader('set-cookie', setCookieLine(cookie));
    }
    res.statusCode = status;
    const { content } = rendered;
    if (status === 204 || status === 304) return void res.end();
    res.setHeader('content-length', Buffer.byteLength(content));
    res.end(content, data.sent);
  } catch (error) {
    for (const name of [...names, 'content-type']) res.removeHeader(name);
    throw error;
  }
}

/** A number, or text of one; anything else is 200 (specification 3.7). */
function statusOf(text: string | null | undefined): number {
  const status = /^\s*[+-]?\d+\s*$/.test(text ?? '') ? Number(text) : 200;
  if (status < 200 || status > 999) throw new RangeError(`The function answered with the status ${status}.`);
  return status;
}

/** Of two names that differ in case only, the first counts (specification 3.7). */
function setHeaders(
  res: ServerResponse,
  headers: Record<string, string> | undefined,
): { type: string | undefined; names: string[] } {
  const names: string[] = [];
  let type: string | undefined;
  try {
    for (const name in headers) {
      const lower = name.toLowerCase();
      if (connectionHeaders.has(lower) || names.includes(lower)) continue;
      names.push(lower);
      if (lower === 'content-type') type = headers[name]!;
      else res.setHeader(name, headers[name]!);
    }
  } catch (error) {
    for (const name of names) res.removeHeader(name);
    throw error;
  }
  return { type, names };
}
