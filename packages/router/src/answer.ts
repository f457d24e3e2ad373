import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';

/** What the router itself says to a client. */
export interface Answer {
  status: number;
  error: string;
}

/** The answers to requests that no placement can take. */
export const noAnswer = {
  badTarget: { status: 400, error: 'the request target is not a path' },
  badUpgrade: { status: 400, error: 'only a GET can be upgraded, and only to websocket' },
  noRoute: { status: 404, error: 'no service has this path' },
  noPlacement: { status: 503, error: 'no placement of this service takes requests' },
} satisfies Record<string, Answer>;

/** The answer for a placement that failed before it answered. */
export function upstreamAnswer(service: string, placement: string, code: string): Answer {
  const late = code === 'ETIMEDOUT' || code === 'ECONNECT_TIMEOUT';
  const what = late ? 'did not answer in time' : 'failed';
  return { status: late ? 504 : 502, error: `placement ${placement} of ${service} ${what} (${code})` };
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
export function answerOnSocket(socket: Duplex, { status, error }: Answer, requestId: string): number {
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
