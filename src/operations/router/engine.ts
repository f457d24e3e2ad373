import type { LogMark, PlacementStats } from '#protocol';
import type { Step } from '../../core/plan.js';
import type { PutMode } from '../../remote/router-program.js';
import type { StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import type { Route } from '../../kit/route.js';

export type { LogMark, PlacementStats, RequestCounts } from '#protocol';

/** Figures of a service. A placement with no request is absent. */
export interface ServiceStats {
  /** False when a part of the log is lost or cannot be read, so that the figures prove nothing. */
  complete: boolean;
  /** Why it is not complete. */
  gap?: string;
  placements: Record<string, PlacementStats>;
}

/** What is counted: behind a mark, since a time of the router host (ISO 8601), or the last seconds by its clock. */
export type StatsWindow = { from: LogMark } | { since: string } | { lastSeconds: number };

export type RouterIo = Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal'>;

/** What the router on a host is to be. */
export interface RouterWish {
  host: string;
  routes: Route[];
  /** Services whose routes go. */
  extra: string[];
}

/** How a route is put into force. */
export interface PutOptions {
  /** Default: `probe`. */
  mode?: PutMode;
  /** Settings that the router is about to get; default: those it has. */
  settings?: object;
}

/** What a router engine does on its host. */
export interface RouterEngine {
  readonly name: string;
  /**
   * The steps that bring the router to this engine and these routes. @throws UserError for files that cannot be read.
   */
  steps(ctx: OperationContext, wish: RouterWish): Promise<Step[]>;
  /**
   * Command line that puts a route from a file of the host into effect; for the watchdog, which has nothing but a
   * shell.
   */
  putRouteFromFile(service: string, file: string): string[];
  /**
   * Puts a route into effect and returns when it is. Whoever gets weight is asked first, from the router host.
   * @throws PreconditionError (code NO_ANSWER) when one does not answer; RemoteError when the engine refuses the route
   * or does not take it up.
   */
  putRoute(io: RouterIo, host: string, route: Route, options?: PutOptions): Promise<void>;
  /** Where the log ends now. */
  mark(ctx: OperationContext, host: string): Promise<LogMark>;
  stats(ctx: OperationContext, host: string, service: string, window: StatsWindow): Promise<ServiceStats>;
  /** True when the engine runs and answers for its routes. */
  running(ctx: OperationContext, host: string): Promise<boolean>;
}
