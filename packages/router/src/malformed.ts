import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerOnSocket, noAnswer, type Answer } from './answer.js';
import { limits } from './limits.js';
import { isWebSocket } from './upgrade.js';

/** How Node's server reads requests; what a missing Host means is decided with the rest of a request. */
export const serverOptions: ServerOptions = {
  maxHeaderSize: limits.parser,
  requireHostHeader: false,
  // A long upload has no end to meet.
  requestTimeout: 0,
  connectionsCheckingInterval: 1_000,
  shouldUpgradeCallback: isWebSocket,
};

const answers: Record<string, Answer> = {
  HPE_HEADER_OVERFLOW: noAnswer.largeHead,
  HPE_INVALID_VERSION: noAnswer.badVersion,
  ERR_HTTP_REQUEST_TIMEOUT: noAnswer.slowRequest,
};

/** Answers what Node's parser refuses, and CONNECT, which it sets apart. */
export function answerMalformed(server: Server): void {
  const responses = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  const take = (req: IncomingMessage, res: ServerResponse): void => void responses.set(req.socket, res);
  server.on('request', take).on('checkContinue', take).on('checkExpectation', take);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (refused.has(socket)) return;
    const response = responses.get(socket);
    const isAnswered = response !== undefined && response.headersSent && !response.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswered) return void socket.destroy(error);
    answerOnSocket(socket, answers[error.code ?? ''] ?? noAnswer.badRequest);
    // The rest of what it sends is read, so that it gets the answer and no reset.
    refused.add(socket);
    socket.resume();
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
  server.on('connect', (req: IncomingMessage, socket: Duplex) => {
    answerOnSocket(socket, req.url?.startsWith('/') ? noAnswer.notAllowed : noAnswer.badTarget);
  });
}
