import { RemoteError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Step } from '../../core/plan.js';
import type { RouterConfig } from '../../fleet/schema.js';
import type { PutMode } from '../../remote/router-program.js';
import type { Handlers, StepIo } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';
import type { Route } from './route.js';

/** What takes the requests: the router's program itself, or a program of others that it runs. */
export type EngineName = NonNullable<RouterConfig['engine']>;

/** Counts of one kind of request. Absent in replies of older programs. */
export interface RequestCounts {
  /** By status as sent; 499 also where the client left. */
  statuses?: Record<string, number>;
  /** Requests to which the placement gave no answer, whatever the client was sent. */
  unanswered?: number;
  /** Requests that the client left before their end. */
  aborted?: number;
}

/** Figures of one placement, from the router's own log. Latencies in milliseconds. */
export interface PlacementStats extends RequestCounts {
  requests: number;
  /** Answers of 500 and above, and requests that got none. */
  errors: number;
  clientErrors: number;
  latencyMs: { p50: number; p95: number; p99: number; max: number } | null;
  /** By method and path; absent in replies of older programs. */
  routes?: Record<string, RequestCounts>;
}

/** Figures of a service. A placement with no request is absent. */
export interface ServiceStats {
  /** False when a part of the log is lost or cannot be read, so that the figures prove nothing. */
  complete: boolean;
  /** Why it is not complete. */
  gap?: string;
  placements: Record<string, PlacementStats>;
}

/** A place in the router's log. Its host tells it, so that the clock of the operator has no part in what is counted. */
export interface LogMark {
  position: string;
  /** Time of the router host, ISO 8601. */
  time: string;
}

/** What is counted: behind a mark, since a time of the router host (ISO 8601), or the last seconds by its clock. */
export type StatsWindow = { from: LogMark } | { since: string } | { lastSeconds: number };

export type RouterIo = Pick<StepIo<OperationContext>, 'ctx' | 'runId' | 'step' | 'signal'>;

/** What the router on a host is to be. */
export interface RouterWish {
  host: string;
  routes: JsonObject[];
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
  /** The steps that bring the router to this engine and these routes. @throws UserError for files that cannot be read. */
  steps(ctx: OperationContext, wish: RouterWish): Promise<Step[]>;
  /** Of those steps and of their inverses; engines that share a kind share its handler. */
  readonly handlers: Handlers<OperationContext>;
  /** Command line that puts a route from a file of the host into effect; for the watchdog, which has nothing but a shell. */
  putRouteFromFile(service: string, file: string): string[];
  /**
   * Puts a route into effect and returns when it is. Whoever gets weight is asked first, from the router host.
   * @throws PreconditionError (code NO_ANSWER) when one does not answer; RemoteError when the engine refuses the route or does not take it up.
   */
  putRoute(io: RouterIo, host: string, route: Route, options?: PutOptions): Promise<void>;
  /** Where the log ends now. */
  mark(ctx: OperationContext, host: string): Promise<LogMark>;
  stats(ctx: OperationContext, host: string, service: string, window: StatsWindow): Promise<ServiceStats>;
  /** True when the engine runs and answers for its routes. */
  running(ctx: OperationContext, host: string): Promise<boolean>;
}

/** What the engine's program printed, parsed. @throws RemoteError when it is no JSON. */
export function parseReply<T>(host: string, stdout: string): T {
  try {
    return JSON.parse(stdout) as T;
  } catch (error) {
    throw new RemoteError(`The router on ${host} gave an answer that is no JSON.`, {
      host,
      stderr: stdout.slice(0, 400),
      cause: error,
    });
  }
}
