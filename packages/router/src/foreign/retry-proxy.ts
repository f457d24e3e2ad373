import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, upstreamAnswer, type Answer } from '../answer.js';
import { Exchange } from '../exchange.js';
import { HttpForwarder } from '../forward.js';
import { startOf } from '../headers.js';
import { serverOptions } from '../malformed.js';
import { Outages } from '../outages.js';
import { RouteTable } from '../route-table.js';
import { targetsOf, type Placement, type RouterState, type Target } from '../state.js';
import { alwaysUp, type HealthView } from '../targets/target-health.js';
import { TargetPicker } from '../targets/target-picker.js';
import { defaultLimits, Upstreams } from '../upstream.js';
import { placementShape } from './buckets.js';

const folder = 'retry';
/** How long after its limit an engine hands a connection over that was not made in time. */
const timelyMs = 1_000;

/** A target that gave no answer to a request, and who else there is. */
interface FailedTarget {
  service: string;
  placement: Placement;
  target: Target;
  targets: TargetPicker;
}

/**
 * Socket, relative to the engine's folder, where requests are tried again that a target of a placement gave no answer
 * to.
 */
export function retrySocket(service: string, placement: Placement, { name }: Pick<Target, 'name'>): string {
  const key = JSON.stringify([service, placementShape(placement), name]);
  return `${folder}/${createHash('sha256').update(key).digest('hex').slice(0, 16)}.sock`;
}

/**
 * Where an engine sends a request that got no byte of an answer. Neither nginx nor HAProxy can wait for an app that is
 * just being started again, nor choose another target, nor tell a request that was only just sent from one that has run
 * for long: here the rules of the embedded engine decide. What may not be tried again is closed without an answer, and
 * the engine says 502 by itself.
 */
export class RetryProxy {
  readonly #servers = new Map<string, Server>();
  /** By socket. */
  readonly #failed = new Map<string, FailedTarget>();
  readonly #forwarder: HttpForwarder;
  readonly #upstreams: Upstreams;
  readonly #health: HealthView;

  /** @param dir the router's directory @param health which learns of targets that failed */
  constructor(dir: string, health: HealthView = alwaysUp) {
    this.#health = health;
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
    for (const [path, failed] of this.#socketsOf(state)) {
      this.#failed.set(path, failed);
      if (this.#servers.has(path)) continue;
      await rm(path, { force: true });
      const handle = (req: IncomingMessage, res: ServerResponse): void =>
        this.#handle(this.#failed.get(path) ?? failed, req, res);
      const server = createServer(serverOptions, handle).listen(path);
      server.maxHeadersCount = 0;
      await once(server, 'listening');
      this.#servers.set(path, server);
    }
  }

  #socketsOf({ routes }: RouterState): [path: string, failed: FailedTarget][] {
    return routes.flatMap(({ service, placements }) =>
      placements.flatMap((placement) => {
        const targets = new TargetPicker(service, placement, this.#health);
        return targetsOf(placement).map((target): [string, FailedTarget] => [
          retrySocket(service, placement, target),
          { service, placement, target, targets },
        ]);
      }),
    );
  }

  /** Ends it with what it still has; the engine has ended before. */
  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.close().closeAllConnections();
    this.#servers.clear();
  }

  #handle(failed: FailedTarget, req: IncomingMessage, res: ServerResponse): void {
    failed.targets.failed(failed.target, 'it gave no answer to a request');
    // An engine sends it here as soon as it fails: one that is older has run for long.
    const ageMs = Date.now() - startOf(req);
    const { connectMs, repeatMs } = this.#upstreams.limits;
    if (!(ageMs < repeatMs))
      return ageMs >= connectMs && ageMs < connectMs + timelyMs ? sayLate(res, failed) : void res.destroy();
    const giveUp = ({ status }: Answer): void => (status === 504 ? sayLate(res, failed) : void res.destroy());
    this.#forwarder.pass(req, res, new Exchange(req, () => undefined), failed, giveUp);
  }
}

/** HAProxy cannot tell a connection that took too long from one that was refused; by this header it knows. */
function sayLate(res: ServerResponse, { service, placement }: FailedTarget): void {
  res.setHeader('x-fanops-failed', 'ETIMEDOUT');
  answer(res, upstreamAnswer(service, placement.name, 'ETIMEDOUT'), true);
}
