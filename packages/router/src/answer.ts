import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What the router itself says to a client. */
export interface Answer {
  status: number;
  error: string;
}

/** The answers to requests that no placement can take. */
export const noAnswer = {
  badRequest: { status: 400, error: 'the request is malformed' },
  badTarget: { status: 400, error: 'the request target is not a valid path' },
  badMethod: { status: 400, error: 'the method is not known' },
  badHost: { status: 400, error: 'the Host header is missing, repeated or malformed' },
  notAllowed: { status: 405, error: 'the method is not allowed' },
  slowRequest: { status: 408, error: 'the request did not arrive in time' },
  longTarget: { status: 414, error: 'the request target is too long' },
  largeHead: { status: 431, error: 'the request headers are too large' },
  badCoding: { status: 501, error: 'the transfer coding is not supported' },
  badVersion: { status: 505, error: 'only HTTP/1.0 and HTTP/1.1 are served' },
  badUpgrade: { status: 400, error: 'only a GET can be upgraded, and only to websocket' },
  noRoute: { status: 404, error: 'no service has this path' },
  noPlacement: { status: 503, error: 'no placement of this service takes requests' },
} satisfies Record<string, Answer>;

/** The bodies of those answers, by their names. */
export const errorBodies = Object.fromEntries(
  Object.entries(noAnswer).map(([name, { error }]) => [name, JSON.stringify({ error })]),
) as Record<keyof typeof noAnswer, string>;

/** The answer for a placement that failed before it answered. Which system error it was stands in the log only. */
export function upstreamAnswer(service: string, placement: string, code: string): Answer {
  const late = code === 'ETIMEDOUT' || code === 'ECONNECT_TIMEOUT';
  const what = late ? 'did not answer in time (ETIMEDOUT)' : 'failed (BAD_GATEWAY)';
  return { status: late ? 504 : 502, error: `placement ${placement} of ${service} ${what}` };
}

/** Answers on a response. @returns the bytes of the body */
export function answer(res: ServerResponse, { status, error }: Answer, close: boolean): number {
  const body = JSON.stringify({ error });
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(close && { connection: 'close' }),
  });
  res.end(body);
  return Buffer.byteLength(body);
}

/** Answers on the socket of a request that asked for an upgrade, and ends it. @returns the bytes of the body */
export function answerOnSocket(socket: Duplex, { status, error }: Answer, requestId: string = randomUUID()): number {
  const body = JSON.stringify({ error });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  return Buffer.byteLength(body);
}
