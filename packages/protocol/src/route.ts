import * as z from 'zod/mini';
import { count, decode, open } from './decode.js';
import { distinctNames, endpointFields, fitsTargets, targetFields, targets } from './target.js';

const placementFields = {
  name: z.string().check(z.minLength(1)),
  ...endpointFields,
  /** Share of new requests, 0 to 100. */
  weight: count.check(z.maximum(100)),
  hostHeader: z.optional(z.enum(['preserve', 'upstream'])),
};

/** What the router does not know of a placement might change where requests go: it is refused. */
const placement = z
  .strictObject({
    ...placementFields,
    /**
     * The hosts that its requests are spread over; default: its URL alone. Its URL is then that of the first one, for
     * those who know no targets.
     */
    targets: z.optional(targets),
  })
  .check(fitsTargets);

const recordedPlacement = open({
  ...placementFields,
  targets: z.optional(z.array(open(targetFields)).check(z.minLength(1), distinctNames)),
});

const healthRequest = open({
  method: z.optional(z.enum(['GET', 'HEAD'])),
  path: z.string().check(z.regex(/^\/\S*$/, 'must be a path that starts with /')),
  headers: z.optional(z.record(z.string(), z.string())),
});

const baseline = open({ status: z.int(), request: z.string() });

const routeFields = {
  service: z.string().check(z.regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes')),
  /** Grows with each write. */
  version: count,
  /** Fencing number of the lock under which it was written. */
  fence: count,
  /**
   * Name of the lock whose number the fence is; absent in routes of earlier versions, which took the highest of all
   * locks of a run.
   */
  lock: z.optional(z.string()),
  path: z.string().check(z.regex(/^\/[^?#]*$/, 'must start with / and have no query')),
  host: z.optional(z.string().check(z.minLength(1))),
  /** By placement: what a probe asks; default: GET of the route's path. */
  health: z.optional(z.record(z.string(), healthRequest)),
  /** By placement: what it answered when it last passed a probe. Written by the router's program alone. */
  baselines: z.optional(z.record(z.string(), baseline)),
};

/** What the router follows of a route. What fanops keeps beside it for itself passes by. */
export const route = z.object({
  ...routeFields,
  placements: z.array(placement).check(z.minLength(1), distinctNames),
});

/** A whole route file, as fanops reads it. What a later version has added is kept. */
export const recordedRoute = open({
  ...routeFields,
  placements: z.array(recordedPlacement).check(z.minLength(1), distinctNames),
  /** The placement that the service officially has. */
  placement: z.string(),
  /** Where a rollback goes. */
  previous: z.optional(z.string()),
  /** Run that wrote it, and when (ISO 8601, by the router host's clock); '' for one that was put by hand. */
  run: z._default(z.string(), ''),
  at: z._default(z.string(), ''),
});

/** A service's route, as the router follows it. */
export type Route = z.infer<typeof route>;
/** A service's route with what fanops keeps beside it, as `routes/SERVICE.json` holds it. */
export type RecordedRoute = z.infer<typeof recordedRoute>;
export type Placement = z.infer<typeof placement>;
/** The request by which a placement is probed, its path relative to the placement's URL. */
export type HealthRequest = z.infer<typeof healthRequest>;
/** Status of an answer that was judged good, and to which request (`GET /path`). */
export type Baseline = z.infer<typeof baseline>;

/** Reads a route file as the router does. @throws {MalformedError} naming the first place that is wrong */
export const parseRoute = (text: string): Route => decode(route, text);
