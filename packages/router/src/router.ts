import { Exchange, type AccessEntry } from './exchange.js';
import { HttpForwarder } from './forward.js';
import { TrustedProxies } from './forwarded.js';
import type { EjectedTarget, ListenAddress } from 'fanops-protocol';
import { Listener, type DrainOptions, type Handlers } from './listener.js';
import { RouteTable } from './route-table.js';
import type { RouterState } from './state.js';
import { HealthChecks } from './targets/health-checks.js';
import { TargetHealth } from './targets/target-health.js';
import { UpgradeForwarder } from './upgrade.js';
import { defaultLimits, Upstreams, type UpstreamLimits } from './upstream.js';

/** Idle connections of a left port outlast their keep-alive time, so that none is cut by the move. */
const oldListener: DrainOptions = { idleMs: 80_000, deadlineMs: 600_000, upgrades: false };

/** Routes requests by the state it was last given. */
export class Router {
  #state: RouterState;
  #table: RouteTable;
  #listener: Listener | undefined;
  readonly #handlers: Handlers;
  readonly #leaving = new Set<Listener>();
  readonly #upstreams: Upstreams;
  #trusted: TrustedProxies;
  readonly #health = new TargetHealth(() => this.onHealthChange());
  readonly #checks: HealthChecks;
  /** Called when a target is taken out or put back. */
  onHealthChange: () => void = () => undefined;

  private constructor(
    state: RouterState,
    log: (entry: AccessEntry) => void,
    limits: UpstreamLimits,
    dir: string | undefined,
    private readonly fd: number | undefined,
  ) {
    this.#state = state;
    this.#table = new RouteTable(state, undefined, this.#health);
    this.#checks = new HealthChecks(this.#health, dir ?? '.');
    this.#upstreams = new Upstreams(limits, dir);
    this.#upstreams.use(state);
    this.#trusted = new TrustedProxies(state.trustedProxies);
    const http = new HttpForwarder(
      () => this.#table,
      this.#upstreams,
      () => this.#trusted,
    );
    const upgrade = new UpgradeForwarder(
      () => this.#table,
      this.#upstreams,
      () => this.#trusted,
    );
    this.#handlers = {
      request: (req, res, closing) => http.handle(req, res, new Exchange(req, log), closing),
      upgrade: (req, socket, head) => upgrade.handle(req, socket, head, new Exchange(req, log)),
    };
  }

  /**
   * @param dir the router's directory
   * @param fd a socket that listens already, in place of one of its own
   * @throws {Error} when it can't listen
   */
  static async start(
    state: RouterState,
    log: (entry: AccessEntry) => void,
    limits = defaultLimits,
    dir?: string,
    fd?: number,
  ): Promise<Router> {
    const router = new Router(state, log, limits, dir, fd);
    router.#listener = await Listener.open(state.listen, router.#handlers, fd);
    router.#listener.use(state);
    router.#checks.use(state);
    return router;
  }

  get state(): RouterState {
    return this.#state;
  }

  get listen(): ListenAddress {
    return this.#listener?.address ?? this.#state.listen;
  }

  /** Targets that health checks or failed requests have taken out. */
  get ejected(): EjectedTarget[] {
    return this.#health.ejected();
  }

  /**
   * Takes a new state over as a whole or not at all. Requests under way finish as they began.
   * @throws {Error} when its listener can't be opened
   */
  async apply(next: RouterState): Promise<void> {
    const { listen } = this.#state;
    // A given socket is the holder's, who starts another router for another address.
    const moves = this.fd === undefined && (next.listen.address !== listen.address || next.listen.port !== listen.port);
    const opened = moves ? await Listener.open(next.listen, this.#handlers) : undefined;
    this.#upstreams.use(next);
    this.#trusted = new TrustedProxies(next.trustedProxies);
    (opened ?? this.#listener)?.use(next);
    this.#table = new RouteTable(next, this.#table, this.#health);
    this.#state = next;
    this.#checks.use(next);
    if (opened) this.#replaceListener(opened);
  }

  /** Stops listening and lets requests finish. */
  async stop(options: DrainOptions): Promise<void> {
    const all = [...this.#leaving, ...(this.#listener ? [this.#listener] : [])];
    await Promise.all(all.map((listener) => listener.drain(options)));
    this.#checks.stop();
  }

  #replaceListener(opened: Listener): void {
    const old = this.#listener;
    this.#listener = opened;
    if (!old) return;
    this.#leaving.add(old);
    void old.drain(oldListener).then(() => this.#leaving.delete(old));
  }
}
