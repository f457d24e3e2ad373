import { connect } from 'node:net';
import type { ServerChannel, TcpipRequestInfo } from 'ssh2';
import { join } from '../../../transports/join.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** Carries a forwarded connection to a port of the loopback interface; every other address is refused. */
export function forward(accept: () => ServerChannel | undefined, reject: () => void, info: TcpipRequestInfo): void {
  if (!LOOPBACK.has(info.destIP)) {
    reject();
    return;
  }
  const socket = connect({ host: '127.0.0.1', port: info.destPort, allowHalfOpen: true });
  socket.once('error', reject);
  socket.once('connect', () => {
    socket.off('error', reject);
    const channel = accept();
    if (!channel) {
      socket.destroy();
      return;
    }
    join(socket, channel);
  });
}
