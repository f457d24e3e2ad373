import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { limits } from './limits.js';
import { normalPath } from './request-path.js';

// RFC 9110, 7.6.1: they mean one connection, not the message. transfer-encoding stays, Node frames the body by it.
const hopByHop = [
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'proxy',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
];

/**
 * Takes away what concerns only the connection that the message came over; `connection` itself is set by the caller.
 * @param isUpgrade whether `connection` and `upgrade` are what the message is about
 */
export function stripHopByHop(headers: IncomingHttpHeaders, isUpgrade = false): void {
  const named = isUpgrade ? [] : (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of [...hopByHop, ...named]) {
    if (
      name === 'transfer-encoding' ||
      name === 'content-length' ||
      name === 'host' ||
      (isUpgrade && name === 'upgrade')
    )
      continue;
    delete headers[name];
  }
  if (isUpgrade) headers.connection = 'upgrade';
  else delete headers.connection;
}

/** Whether a response has more headers than engines take. Of more lines than the limit Node would drop the rest. */
export function headersTooLarge({ statusCode, statusMessage = '', rawHeaders }: IncomingMessage): boolean {
  if (rawHeaders.length / 2 >= limits.responseHeaders) return true;
  const line = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n\r\n`;
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, line.length) > limits.responseHead;
}

/** Says when the router got the request, `t=` and milliseconds since the epoch; a client's own is overwritten. */
export const startHeader = 'x-request-start';

/** By it the program that tries requests again tells its engine which target has answered. */
export const targetHeader = 'x-fanops-target';

/** Milliseconds since the epoch at which the router got a request, by its header. */
export function startOf({ headers }: IncomingMessage): number {
  return Number(/^t=(\d+)$/.exec(String(headers[startHeader]))?.[1] ?? Number.NaN);
}

/** The client's request id where it is usable as one, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const sent = req.headers['x-request-id'];
  return typeof sent === 'string' && /^[\x21-\x7e]{1,200}$/.test(sent) ? sent : randomUUID();
}

/** Host and path that a request is routed by: the host in lower case and without port; undefined for a bad target. */
export function routingKey(req: IncomingMessage): { host: string; path: string } | undefined {
  const path = normalPath(req.url ?? '');
  return path === undefined
    ? undefined
    : { host: (req.headers.host ?? '').toLowerCase().replace(/:\d*$/, '').replace(/\.$/, ''), path };
}
