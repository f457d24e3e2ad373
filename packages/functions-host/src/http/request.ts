import type { IncomingMessage } from 'node:http';
import type { HttpData } from '../core/contract.js';
import type { RouteValues } from './match.js';

export interface RequestParts {
  method: string;
  /** The raw request target. */
  target: string;
  /** Absolute, as the client sees it. */
  url: string;
  proto: string;
  host: string;
  headers: Record<string, string>;
  query: URLSearchParams;
}

/** Reads what the host passes on. The scheme comes from X-Forwarded-Proto, the host from Host (specification 3.5). */
export function requestParts(req: IncomingMessage): RequestParts {
  const target = req.url ?? '/';
  const headers = joinedHeaders(req.rawHeaders);
  const forwarded = headers['x-forwarded-proto']?.split(',')[0]?.trim().toLowerCase();
  const proto = forwarded === 'https' || forwarded === 'http' ? forwarded : 'http';
  const host = headers.host || 'localhost';
  const query = new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?') + 1) : '');
  return { method: req.method ?? 'GET', target, url: `${proto}://${host}${target}`, proto, host, headers, query };
}

/** Lower-case names; several values are joined by a comma, several cookie headers by a semicolon (specification 3.5). */
function joinedHeaders(raw: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? raw[i + 1]! : `${before}${name === 'cookie' ? '; ' : ','}${raw[i + 1]}`;
  }
  return headers;
}

/** Duplicates joined by a comma, empty values kept (specification 3.5). */
export function joinedQuery(query: URLSearchParams): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of new Set(query.keys())) joined[name] = query.getAll(name).join(',');
  return joined;
}

export function httpData(parts: RequestParts, values: RouteValues, body: Buffer | undefined): HttpData {
  return {
    method: parts.method,
    url: parts.url,
    headers: parts.headers,
    query: joinedQuery(parts.query),
    params: values,
    body: body && body.length > 0 ? { bytes: body } : undefined,
  };
}

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

export interface BodyRules {
  /** bytes */
  limit: number;
  /** Azure drops chunked bodies in buffered mode; strict does so too, lenient reads them. */
  strictChunked: boolean;
}

/** The whole body, or undefined where there is none. Rejects with BodyTooLargeError. */
export async function readBody(req: IncomingMessage, rules: BodyRules): Promise<Buffer | undefined> {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length > rules.limit) throw new BodyTooLargeError();
  const chunked = req.headers['transfer-encoding'] !== undefined;
  if (length === 0 && !chunked) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > rules.limit) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return chunked && rules.strictChunked ? undefined : Buffer.concat(chunks);
}
