import { connect, type Socket } from 'node:net';
import type { SshEndpoint } from './transport.js';

/** No TCP connection in time. */
export class ConnectTimeout extends Error {
  constructor(readonly ms: number) {
    super('no TCP connection in time');
  }
}

/** The login took too long; `heard` tells whether the server said anything at all. */
export class LoginTimeout extends Error {
  constructor(readonly heard: boolean) {
    super(heard ? 'the login was not finished in time' : 'the server said nothing');
  }
}

/** Opens the TCP connection of an endpoint. @throws ConnectTimeout, or the error of the system. */
export function openSocket(endpoint: SshEndpoint, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { address, port, localAddress, family } = endpoint;
    const socket = connect({ host: address, port, localAddress, family });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new ConnectTimeout(timeoutMs)), timeoutMs);
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      // Without it each small packet of a command waits for the acknowledgement of the one before (Nagle): 40 ms each.
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
