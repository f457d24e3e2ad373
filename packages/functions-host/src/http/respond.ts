import type { ServerResponse } from 'node:http';
import type { HttpData, InvocationResponse, TypedData } from '../core/contract.js';
import type { HostedFunction } from '../functions/function-table.js';
import { setCookieLine } from './cookies.js';

const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'content-length']);

/** Ends with a status and an empty body: what the platform answers for 401, 404, 413, 500 (specification 3.3, 3.9). */
export function endEmpty(res: ServerResponse, status: number): void {
  res.statusCode = status;
  if (status !== 204) res.setHeader('content-length', '0');
  res.end();
}

/** The function's HTTP result: from `$return`, else from the http output's own name (specification 3.6, 3.7). */
export function httpResult(fn: HostedFunction, response: InvocationResponse): TypedData | undefined {
  const output = fn.outputs.find((binding) => binding.type.toLowerCase() === 'http');
  if (!output || output.name === '$return') return response.returnValue ?? undefined;
  return response.outputData?.find(({ name }) => name === output.name)?.data;
}

/** Writes the result; no result is 204 (specification 3.6). */
export function writeResult(res: ServerResponse, data: HttpData | undefined): void {
  if (!data) return endEmpty(res, 204);
  res.statusCode = Number(data.statusCode ?? 200);
  for (const [name, value] of Object.entries(data.headers ?? {})) {
    if (!connectionHeaders.has(name.toLowerCase())) res.setHeader(name, value);
  }
  const cookies = data.cookies ?? [];
  if (cookies.length > 0) {
    const own = res.getHeader('set-cookie');
    res.setHeader('set-cookie', [...(own === undefined ? [] : [own].flat().map(String)), ...cookies.map(setCookieLine)]);
  }
  const body = bodyBytes(data.body);
  if (![204, 205, 304].includes(res.statusCode)) res.setHeader('content-length', String(body.length));
  res.end(body);
}

function bodyBytes(body: TypedData | null | undefined): Buffer {
  if (!body) return Buffer.alloc(0);
  if (body.bytes) return Buffer.from(body.bytes);
  return Buffer.from(body.string ?? body.json ?? '');
}
