import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { ClientChannel } from 'ssh2';
import { messageOf } from '../core/errors.js';
import { join } from './join.js';
import type { SshLink } from './ssh-link.js';
import type { Tunnel } from './transport.js';

/** Listens on a free port of 127.0.0.1 and carries each connection to `address:port` as seen from the host. */
export async function openTunnel(
  link: SshLink,
  port: number,
  address: string,
  log: (line: string) => void,
): Promise<Tunnel> {
  await link.open();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // the local client went away; the far side is closed by the pipeline
    carry(link, socket, port, address).catch((error: unknown) => {
      log(`tunnel to ${address}:${port}: ${messageOf(error)}`);
      socket.destroy();
    });
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

async function carry(link: SshLink, socket: Socket, port: number, address: string): Promise<void> {
  const open = await link.open();
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    open.client.forwardOut('127.0.0.1', socket.remotePort ?? 0, address, port, (error, stream) =>
      error ? reject(error) : resolve(stream),
    );
  });
  if (socket.destroyed) {
    channel.close();
    return;
  }
  join(socket, channel);
}
