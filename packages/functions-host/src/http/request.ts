import type { IncomingMessage } from 'node:http';
import type { HttpData } from '../core/contract.js';
import type { RouteValues } from './match.js';
import { splitTarget } from './target.js';

export { readBody, type BodyRules } from './body.js';

/** What the host reads of a request and passes on. */
export class RequestParts {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
  /** Raw path of the target, not decoded. */
  readonly path: string;
  /** Raw text after the question mark, else empty. */
  readonly queryText: string;
  readonly headers: Record<string, string>;
  /** As the client named it. */
  readonly host: string;
  readonly proto: string;
  /**
   * False for a request that the platform's server refuses with 400: its Host is missing, malformed or another one than
   * in the target.
   */
  readonly valid: boolean;
  #query?: URLSearchParams;

  constructor(req: IncomingMessage, isValidHost: (host: string) => boolean) {
    this.method = req.method ?? 'GET';
    this.target = req.url ?? '/';
    const { path, query, authority } = splitTarget(this.target);
    this.path = path;
    this.queryText = query;
    this.headers = joinedHeaders(req.rawHeaders);
    const { host = '' } = this.headers;
    this.valid =
      (host === '' || isValidHost(host)) && (authority === undefined || authority.toLowerCase() === host.toLowerCase());
    this.host = publicHost(this.headers, isValidHost) ?? (host || 'localhost');
    this.proto = forwardedProto(this.headers['x-forwarded-proto']);
  }

  /** Absolute, as the client sees it: behind a proxy its scheme and host (specification 3.5). */
  get url(): string {
    return `${this.proto}://${this.host}${this.path}${this.queryText === '' ? '' : `?${this.queryText}`}`;
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.queryText));
  }
}

/**
 * The platform's front end says the public host name in DISGUISED-HOST, and the app sees that one as Host
 * (specification 3.5).
 */
function publicHost(headers: Record<string, string>, isValidHost: (host: string) => boolean): string | undefined {
  const disguised = headers['disguised-host'];
  if (!disguised || !isValidHost(disguised)) return undefined;
  headers.host = disguised;
  return disguised;
}

function forwardedProto(header: string | undefined): string {
  if (header === undefined) return 'http';
  const first = header.split(',', 1)[0]!.trim().toLowerCase();
  return first === 'https' ? 'https' : 'http';
}

/**
 * Lower-case names; several values are joined by a comma, several cookie headers by a semicolon (specification 3.5).
 */
function joinedHeaders(raw: string[]): Record<string, string> {
  const headers = Object.create(null) as Record<string, string>; // a client may name a header like a member of Object
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? raw[i + 1]! : `${before}${name === 'cookie' ? '; ' : ','}${raw[i + 1]}`;
  }
  return headers;
}

const none: Record<string, string> = Object.freeze({});

/** Duplicates joined by a comma, empty values kept (specification 3.5). */
export function joinedQuery(parts: RequestParts): Record<string, string> {
  if (parts.queryText === '') return none;
  const joined = new Map<string, string>();
  for (const [name, value] of parts.query) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

export function httpData(parts: RequestParts, values: RouteValues, body: Buffer | undefined): HttpData {
  return {
    method: parts.method,
    url: parts.url,
    headers: { ...parts.headers },
    query: joinedQuery(parts),
    params: values,
    body: body && body.length > 0 ? { bytes: body } : undefined,
  };
}
