import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Answer } from '../answer.js';
import { Exchange } from '../exchange.js';
import { HttpForwarder } from '../forward.js';
import { startOf } from '../headers.js';
import { serverOptions } from '../malformed.js';
import { Outages } from '../outages.js';
import { RouteTable } from '../route-table.js';
import type { Placement, RouterState } from '../state.js';
import { defaultLimits, Upstreams } from '../upstream.js';

const folder = 'retry';
/** How long after its limit an engine hands a connection over that was not made in time. */
const timelyMs = 1_000;

/** Socket, relative to the engine's folder, where requests are tried again that a placement gave no answer to. */
export function retrySocket({ weight: _weight, ...placement }: Placement): string {
  return `${folder}/${createHash('sha256').update(JSON.stringify(placement)).digest('hex').slice(0, 16)}.sock`;
}

/**
 * Where an engine sends a request that got no byte of an answer. Neither nginx nor HAProxy can wait for an app that is
 * just being started again, nor tell
 * a request that was only just sent from one that has run for long: here the rules of the embedded engine decide. What
 * may not be tried again is
 * closed without an answer, and the engine says 502 by itself.
 */
export class RetryProxy {
  readonly #servers = new Map<string, Server>();
  readonly #forwarder: HttpForwarder;
  readonly #upstreams: Upstreams;

  /** @param dir the router's directory */
  constructor(dir: string) {
    const table = new RouteTable({ listen: { address: '127.0.0.1', port: 0 }, routes: [] });
    // The engine does not say which placements it has reached.
    this.#upstreams = new Upstreams(defaultLimits, dir);
    this.#forwarder = new HttpForwarder(() => table, this.#upstreams, undefined, new Outages(defaultLimits, true));
  }

  /**
   * Opens the sockets of all placements of a state; those of earlier states stay, for the requests that are under way.
   */
  async listen(state: RouterState): Promise<void> {
    this.#upstreams.use(state);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const placement of state.routes.flatMap(({ placements }) => placements)) {
      const path = retrySocket(placement);
      if (this.#servers.has(path)) continue;
      await rm(path, { force: true });
      const server = createServer(serverOptions, (req, res) => this.#handle(placement, req, res)).listen(path);
      server.maxHeadersCount = 0;
      await once(server, 'listening');
      this.#servers.set(path, server);
    }
  }

  /** Ends it with what it still has; the engine has ended before. */
  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.close().closeAllConnections();
    this.#servers.clear();
  }

  #handle(placement: Placement, req: IncomingMessage, res: ServerResponse): void {
    // An engine sends it here as soon as it fails: one that is older has run for long.
    const ageMs = Date.now() - startOf(req);
    const { connectMs, repeatMs } = this.#upstreams.limits;
    if (!(ageMs < repeatMs))
      return ageMs >= connectMs && ageMs < connectMs + timelyMs ? sayLate(res) : void res.destroy();
    const giveUp = ({ status }: Answer): void => (status === 504 ? sayLate(res) : void res.destroy());
    this.#forwarder.pass(req, res, new Exchange(req, () => undefined), placement, giveUp);
  }
}

/** HAProxy cannot tell a connection that took too long from one that was refused; by this header it knows. */
function sayLate(res: ServerResponse): void {
  res.writeHead(504, { 'x-fanops-failed': 'ETIMEDOUT' }).end();
}
