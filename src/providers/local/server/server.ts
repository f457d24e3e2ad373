import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { Connection, Server } from 'ssh2';
import type { HostPaths } from '../paths.js';
import type { HostRecord } from '../record.js';
import { forward } from './forward.js';
import { authenticate } from './login.js';
import { serveSession } from './session.js';

/**
 * The SSH server of a local host, not listening yet. Forwarding leads to the loopback interface only; SFTP and agents
 * are refused.
 */
export function createServer(paths: HostPaths, record: HostRecord, log: (line: string) => void): Server {
  return new ssh2.Server({ hostKeys: [readFileSync(paths.hostKey)] }, (client) =>
    serveClient(client, paths, record.user, log),
  );
}

function serveClient(client: Connection, paths: HostPaths, user: string, log: (line: string) => void): void {
  // At once, not when it is ready: with Nagle's algorithm each answer of the login waits 40 ms for an acknowledgement.
  (client as Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
  client.on('error', (error) => log(`client: ${error.message}`));
  client.on('authentication', (context) => {
    try {
      authenticate(context, user, paths.authorizedKeys);
    } catch (error) {
      log(`login: ${String(error)}`);
      context.reject();
    }
  });
  client.on('session', (accept) => {
    const session = accept();
    if (session) serveSession(session, paths, log);
  });
  client.on('tcpip', (accept, reject, info) => forward(accept, reject, info));
}
