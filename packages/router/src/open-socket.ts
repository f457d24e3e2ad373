import { fork } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { ListenAddress } from 'fanops-protocol';

/** A socket that listens, and from which this process takes no connection; `fd` can be given to children. */
export interface HeldSocket {
  readonly fd: number;
  close(): void;
}

/**
 * Opens a socket that only engines take connections from. Node's own servers take them at once, so a short-lived child
 * opens it and
 * hands it over.
 * @throws {Error} when it can't be listened on; `code` is the system's
 */
export function openSocket(program: string, { address, port }: ListenAddress): Promise<HeldSocket> {
  return new Promise((resolve, reject) => {
    const child = fork(program, ['open', '--address', address, '--port', String(port)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('message', (message: { code?: string; reason?: string }, handle: unknown) => {
      if (handle) return resolve(handle as HeldSocket);
      const reason =
        message.code === 'EADDRINUSE'
          ? `port ${port} is taken`
          : `cannot listen on ${address} port ${port}: ${message.reason ?? ''}`;
      reject(Object.assign(new Error(reason), { code: message.code }));
    });
    child
      .once('error', reject)
      .once('exit', (code) => reject(new Error(`the socket could not be opened (${String(code)})`)));
  });
}

/** The child's part; at `done` it must end, lest it takes a connection itself. */
export function handSocketOver({ address, port }: ListenAddress, done: () => void): void {
  const server = createServer();
  const send = (message: object, handle?: unknown): void => {
    process.send?.(message, handle as Server | undefined, {}, done);
  };
  server.once('error', (error: NodeJS.ErrnoException) => send({ code: error.code, reason: error.message }));
  // exclusive: not by way of a cluster's primary.
  server.listen({ port, host: address, exclusive: true }, () =>
    send(server.address() as AddressInfo, (server as unknown as { _handle: HeldSocket })._handle),
  );
}
