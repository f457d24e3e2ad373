import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenAddress } from 'fanops-protocol';
import { timeoutsOf } from './limits.js';
import { answerMalformed, serverOptions } from './malformed.js';
import type { RouterState } from './state.js';

export interface Handlers {
  /** @param closing whether the connection must end with this response */
  request(req: IncomingMessage, res: ServerResponse, closing: () => boolean): void;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** How a listener goes; milliseconds. */
export interface DrainOptions {
  /** How long idle connections are still served, so that a request already on its way is not lost. */
  idleMs: number;
  /** When what still runs is cut off. */
  deadlineMs: number;
  /** Whether upgraded connections end too, once the requests are done; else they live on. */
  upgrades: boolean;
}

/** One listening socket with its connections. */
export class Listener {
  readonly #server: Server;
  readonly #upgrades = new Set<Duplex>();
  #active = 0;
  #draining = false;
  readonly #quiet = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();

  private constructor(handlers: Handlers) {
    const answered = (req: IncomingMessage, res: ServerResponse): void => {
      this.#active += 1;
      res.once('close', () => {
        this.#active -= 1;
        if (this.#active === 0 && this.#draining) this.#quiet.resolve();
      });
      handlers.request(req, res, () => this.#draining);
    };
    this.#server = createServer(serverOptions, answered);
    // Unlimited in number: their size is.
    this.#server.maxHeadersCount = 0;
    this.#server.on('checkContinue', answered).on('checkExpectation', answered);
    answerMalformed(this.#server);
    this.#server.once('close', () => this.#gone.resolve());
    this.#server.on('upgrade', (req, socket, head) => {
      this.#upgrades.add(socket);
      socket.once('close', () => this.#upgrades.delete(socket));
      handlers.upgrade(req, socket, head);
    });
  }

  /** @throws {Error} `port N is taken`, or the system's words for what else forbids it */
  static async open({ address, port }: ListenAddress, handlers: Handlers, fd?: number): Promise<Listener> {
    const listener = new Listener(handlers);
    listener.#server.listen(fd === undefined ? { port, host: address } : { fd });
    try {
      await once(listener.#server, 'listening');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason =
        code === 'EADDRINUSE' ? `port ${port} is taken` : `cannot listen on ${address} port ${port}: ${message}`;
      throw new Error(reason, { cause: error });
    }
    return listener;
  }

  /** Takes the time limits of a state up. */
  use(state: Pick<RouterState, 'timeouts'>): void {
    const { headerMs, keepAliveMs } = timeoutsOf(state);
    this.#server.headersTimeout = headerMs;
    this.#server.keepAliveTimeout = keepAliveMs;
  }

  /** The address in use; the port is the real one also where port 0 was asked for. */
  get address(): ListenAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { address, port };
  }

  /** Stops listening, lets what runs finish, and resolves when the requests are done or cut off. */
  async drain({ idleMs, deadlineMs, upgrades }: DrainOptions): Promise<void> {
    const gone = this.#gone.promise;
    this.#draining = true;
    if (this.#active === 0) this.#quiet.resolve();
    const deadline = timer(deadlineMs);
    const grace = timer(Math.min(idleMs, deadlineMs));
    // Not http's own close: it would also cut idle connections at once.
    NetServer.prototype.close.call(this.#server);
    // A cluster's primary may have a connection under way to this worker, which hands it back only while it lives.
    await (cluster.isWorker ? grace.done : Promise.race([gone, grace.done]));
    await Promise.race([gone, this.#quiet.promise, deadline.done]);
    this.#server.closeAllConnections();
    if (upgrades) {
      for (const socket of this.#upgrades) socket.destroy();
      await gone;
    }
    grace.clear();
    deadline.clear();
  }
}

function timer(ms: number): { done: Promise<void>; clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = setTimeout(resolve, ms);
  return { done: promise, clear: () => clearTimeout(handle) };
}
