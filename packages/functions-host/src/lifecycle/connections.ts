import cluster from 'node:cluster';
import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * A cluster's primary may have a connection under way to this worker, and can give it to another one only while this
 * one lives; ms.
 */
const CLUSTER_GRACE_MS = 1000;

interface Tracked {
  inFlight: Set<ServerResponse>;
  /** ms, monotonic */
  quietSince: number;
  bytesRead: number;
}

/**
 * Ends a server without losing a request. Node's own `close()` cuts idle keep-alive connections at once, also those on
 * which a request is just arriving. Here only the listening socket closes first; an idle connection may still bring
 * one request (answered with `Connection: close`) and is cut when it stayed quiet for `quietMs`.
 */
export class Connections {
  #sockets = new Map<Socket, Tracked>();
  #draining = false;
  #further: NetServer[] = [];

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, { inFlight: new Set(), quietSince: performance.now(), bytesRead: 0 });
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.prependListener('request', (req, res) => {
      if (this.#draining) res.setHeader('Connection', 'close');
      const tracked = this.#sockets.get(req.socket);
      tracked?.inFlight.add(res);
      res.once('close', () => {
        tracked?.inFlight.delete(res);
        if (tracked) tracked.quietSince = performance.now();
      });
    });
  }

  /** A listener that hands its connections to the server; it closes when the drain begins. */
  closeWith(further: NetServer): void {
    this.#further.push(further);
  }

  /** Requests that have no whole response yet. */
  get underWay(): number {
    let sum = 0;
    for (const { inFlight } of this.#sockets.values()) sum += inFlight.size;
    return sum;
  }

  /**
   * Resolves when every connection is gone; at `deadline` (ms from now) the rest is cut.
   * @param onChange gets the number of requests under way, at first and whenever it changes
   * @returns the number of requests that were cut
   */
  async drain(
    quietMs: number,
    deadline: number,
    onChange: (underWay: number) => void = () => undefined,
  ): Promise<number> {
    this.#draining = true;
    let said: number | undefined;
    NetServer.prototype.close.call(this.server);
    for (const each of this.#further) each.close();
    const start = performance.now();
    for (const tracked of this.#sockets.values()) {
      tracked.quietSince = start;
      for (const res of tracked.inFlight) if (!res.headersSent) res.setHeader('Connection', 'close');
    }
    const grace = Math.min(deadline, cluster.isWorker ? CLUSTER_GRACE_MS : 0);
    for (;;) {
      const elapsed = performance.now() - start;
      const { underWay } = this;
      if (underWay !== said) onChange((said = underWay));
      if (elapsed >= deadline || (this.#sockets.size === 0 && elapsed >= grace)) break;
      for (const [socket, tracked] of this.#sockets) this.#endWhenQuiet(socket, tracked, quietMs);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const cut = this.underWay;
    this.server.closeAllConnections();
    return cut;
  }

  #endWhenQuiet(socket: Socket, tracked: Tracked, quietMs: number): void {
    const now = performance.now();
    if (socket.bytesRead !== tracked.bytesRead) {
      tracked.bytesRead = socket.bytesRead;
      tracked.quietSince = now;
    }
    if (tracked.inFlight.size === 0 && now - tracked.quietSince >= quietMs) socket.end(() => socket.destroy());
  }
}
