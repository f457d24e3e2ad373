import { NodeSSH, type Config } from 'node-ssh';
import { BugError } from '../core/errors.js';
import type { Budget } from './budget.js';
import { holdGreeting } from './greeting.js';
import { authHandler, type LoginTools, type SshLogin } from './ssh-auth.js';
import type { HostKeyCheck } from './ssh-host-key.js';
import type { OpenLink } from './ssh-open-link.js';
import type { Carrier } from './ssh-path.js';
import { LoginTimeout } from './ssh-socket.js';
import type { SshEndpoint } from './transport.js';

const KEEPALIVE_MS = 10_000;
const KEEPALIVE_COUNT = 3;

export interface HandshakeOptions {
  endpoint: SshEndpoint;
  keepaliveIntervalMs?: number;
  login: SshLogin;
  /** Gets the names of the keys that were offered. */
  offered: string[];
  tools: LoginTools;
  check: HostKeyCheck;
  serverHostKey: string[];
  budget: Budget;
}

/** Speaks SSH over a connection until the login is done. @throws what ssh2 says, or LoginTimeout. */
export async function handshake(carrier: Carrier, options: HandshakeOptions): Promise<OpenLink> {
  const { endpoint, login, offered, tools, check, budget } = options;
  const heard = holdGreeting(carrier.stream);
  const ssh = new NodeSSH();
  const connected = ssh.connect({
    sock: carrier.stream,
    username: endpoint.user,
    authHandler: authHandler(login, endpoint.user, offered, tools),
    algorithms: { serverHostKey: options.serverHostKey as NonNullable<Config['algorithms']>['serverHostKey'] },
    hostVerifier: (key: Buffer, verify: (good: boolean) => void) => void check.accept(key, tools.waiting).then(verify),
    readyTimeout: 0,
    keepaliveInterval: options.keepaliveIntervalMs ?? endpoint.keepaliveIntervalMs ?? KEEPALIVE_MS,
    keepaliveCountMax: endpoint.keepaliveCountMax ?? KEEPALIVE_COUNT,
  });
  const client = ssh.connection;
  if (!client) return connected.then(() => Promise.reject(new BugError('node-ssh gave no connection.')));
  const link: OpenLink = { client, lost: false, broken: carrier.broken };
  // Stays for the life of the connection: an `error` event that nobody hears would end the process.
  client.on('error', (error: unknown) => {
    link.cause ??= error;
    link.lost = true;
  });
  client.on('end', () => (link.lost = true));
  client.on('close', () => {
    link.lost = true;
    carrier.release();
  });
  let stop: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    stop = budget.watch(() => reject(new LoginTimeout(heard())));
  });
  try {
    await Promise.race([connected, late]);
    check.keep();
  } catch (error) {
    connected.catch(() => undefined); // the deadline was first
    client.destroy();
    carrier.stream.destroy();
    carrier.release();
    throw error;
  } finally {
    stop();
  }
  link.cause = undefined;
  return link;
}
