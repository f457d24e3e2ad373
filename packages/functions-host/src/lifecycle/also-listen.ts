import type { Server } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';
import { StartError } from '../core/errors.js';

export interface Listen {
  host: string;
  port: number;
}

/**
 * Accepts connections for an HTTP server at a further address: while a service moves from one port to another, it
 * answers on both.
 * Throws StartError when nothing can listen there.
 */
export async function listenAlso(server: Server, { host, port }: Listen): Promise<NetServer> {
  const further = createServer(
    { allowHalfOpen: true, noDelay: true },
    (socket) => void server.emit('connection', socket),
  );
  await new Promise<void>((resolve, reject) => {
    further.once('error', (error: NodeJS.ErrnoException) =>
      reject(new StartError(`Cannot listen on ${host}:${port}: ${error.code}.`)),
    );
    further.listen(port, host, resolve);
  });
  return further;
}
