import type { Duplex } from 'node:stream';
import { FanopsError, RemoteError, messageOf } from '../core/errors.js';
import type { LinkSource } from './ssh-open-link.js';
import { openSocket } from './ssh-socket.js';
import type { SshEndpoint } from './transport.js';

/** A connection to where an SSH server listens. */
export interface Carrier {
  stream: Duplex;
  /** Gives back what it was carried by; called once the connection over it is gone. */
  release(): void;
  /** Why the way broke, when it is known. */
  broken(): Error | undefined;
}

/** How the server of an endpoint is reached: straight, or through a jump host. */
export interface Path {
  /** For messages: empty, or ` through bastion (1.2.3.4:22)`. */
  readonly through: string;
  /** Things that share this name share a limit of logins under way. */
  readonly gate: string;
  connect(timeoutMs: number): Promise<Carrier>;
}

export const straightTo = (endpoint: SshEndpoint): Path => ({
  through: '',
  gate: `${endpoint.address}:${endpoint.port}`,
  connect: async (timeoutMs) => ({
    stream: await openSocket(endpoint, timeoutMs),
    release: () => undefined,
    broken: () => undefined,
  }),
});

/** The link to a jump host that several hosts share; it closes when the last of them has given it back. */
export interface SharedLink {
  name: string;
  where: string;
  link: LinkSource;
  take(): () => void;
}

/** The way through a jump host. Its failures name it. */
export const throughJump = (
  host: string,
  endpoint: SshEndpoint,
  jump: () => SharedLink,
  name: string,
  where: string,
): Path => ({
  through: ` through the jump host ${name} (${where})`,
  gate: `behind ${where}`,
  async connect(timeoutMs) {
    const shared = jump();
    const release = shared.take();
    try {
      const open = await shared.link.open();
      const stream = await new Promise<Duplex>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`it opened no connection within ${timeoutMs} ms`)), timeoutMs);
        open.client.forwardOut('127.0.0.1', 0, endpoint.address, endpoint.port, (error, channel) => {
          clearTimeout(timer);
          if (error) reject(error);
          else resolve(channel);
        });
      });
      return { stream, release, broken: () => (open.lost ? shared.link.lost(open) : undefined) };
    } catch (error) {
      release();
      throw jumpError(host, endpoint, name, where, error);
    }
  },
});

function jumpError(host: string, endpoint: SshEndpoint, name: string, where: string, error: unknown): FanopsError {
  const target = `${endpoint.address}:${endpoint.port}`;
  if (error instanceof FanopsError) {
    if (!(error instanceof RemoteError)) return error;
    const { code, hint, data } = error;
    return new RemoteError(`${host} is reached through the jump host ${name}, and that fails: ${error.message}`, {
      host,
      code,
      hint,
      data: { ...data, jump: name },
      cause: error,
    });
  }
  return new RemoteError(`The jump host ${name} (${where}) cannot reach ${host} (${target}): ${refusal(error)}.`, {
    host,
    code: 'UNREACHABLE',
    cause: error,
    data: { address: target, jump: name },
    hint: `Check from ${name} that ${target} answers, and that its sshd allows TCP forwarding (AllowTcpForwarding).`,
  });
}

const refusal = (error: unknown): string => messageOf(error).replace('(SSH) Channel open failure: ', '').toLowerCase();
