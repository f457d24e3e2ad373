import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from './join.js';
import type { Tunnel } from './transport.js';

/** A tunnel on the machine itself: a free port of 127.0.0.1 that leads to another address. */
export async function openLocalTunnel(port: number, address: string): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const far = connect({ port, host: address, allowHalfOpen: true });
    for (const end of [socket, far]) {
      sockets.add(end);
      end.once('close', () => sockets.delete(end));
    }
    join(socket, far);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
