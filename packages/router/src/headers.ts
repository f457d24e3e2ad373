import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

// RFC 9110, 7.6.1: they mean one connection, not the message. transfer-encoding stays, Node frames the body by it.
const hopByHop = ['keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'http2-settings'];

/** Takes away what concerns only the connection that the message came over; `connection` itself is set by the caller. */
export function stripHopByHop(headers: IncomingHttpHeaders): void {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of [...hopByHop, ...named]) {
    if (name !== 'transfer-encoding' && name !== 'content-length' && name !== 'host') delete headers[name];
  }
  delete headers.connection;
}

/** Says when the router got the request, `t=` and milliseconds since the epoch; a client's own is overwritten. */
export const startHeader = 'x-request-start';

/** Milliseconds since the epoch at which the router got a request, by its header. */
export function startOf({ headers }: IncomingMessage): number {
  return Number(/^t=(\d+)$/.exec(String(headers[startHeader]))?.[1] ?? Number.NaN);
}

/** The client's request id where it is usable as one, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const sent = req.headers['x-request-id'];
  return typeof sent === 'string' && /^[\x21-\x7e]{1,200}$/.test(sent) ? sent : randomUUID();
}

/** Tells the upstream who asked. A proxy in front of the router has already said what the client's scheme and host were. */
export function setForwarded(req: IncomingMessage, requestId: string): void {
  const { headers, socket } = req;
  const before = headers['x-forwarded-for'];
  const peer = socket.remoteAddress ?? 'unknown';
  headers['x-forwarded-for'] = before ? `${String(before)}, ${peer}` : peer;
  headers['x-forwarded-proto'] ??= 'http';
  headers['x-forwarded-host'] ??= headers.host ?? '';
  headers['x-request-id'] = requestId;
  headers[startHeader] = `t=${Date.now()}`;
}

/** Host and path that a request is routed by: lower case and without port, dot segments resolved; undefined for a bad target. */
export function routingKey(req: IncomingMessage): { host: string; path: string } | undefined {
  const host = (req.headers.host ?? '').toLowerCase().replace(/:\d*$/, '');
  const target = req.url ?? '';
  if (!target.startsWith('/')) return undefined;
  // A fixed origin before it: `//name/x` alone would be read as a host.
  const url = `http://router${target}`;
  return URL.canParse(url) ? { host, path: new URL(url).pathname } : undefined;
}
