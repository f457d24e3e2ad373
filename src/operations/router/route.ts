import { BugError, PreconditionError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { routeFile, serviceLock } from '../../remote/layout.js';
import type { StepIo } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';

/** One way a service runs, as the router sees it. */
export interface RoutedPlacement {
  name: string;
  url: string;
  /** Share of new requests, 0 to 100. */
  weight: number;
  /** Of an https placement: name asked for and checked, whether it is checked, and by which file of authorities on the router host. */
  serverName?: string;
  verify?: boolean;
  trusted?: string;
}

/** The request by which a placement is probed, its path relative to the placement's URL. */
export interface HealthRequest {
  method?: 'GET' | 'HEAD';
  path: string;
  headers?: Record<string, string>;
}

/**
 * What the router host knows of a service: the truth of where it is placed and how its traffic is split. One JSON file a service, so that one
 * rename changes all of it.
 */
export interface Route {
  service: string;
  /** Grows with each write. */
  version: number;
  /** Fencing number of the lock under which it was written. */
  fence: number;
  /** Name of that lock. Absent in routes of earlier versions, whose number may be that of another lock. */
  lock?: string;
  path: string;
  host?: string;
  placements: RoutedPlacement[];
  /** By placement: what a probe asks. Absent in routes of versions without probes. */
  health?: Record<string, HealthRequest>;
  /** By placement: its last answer that was judged good. Kept by the router's program. */
  baselines?: Record<string, { status: number; request: string }>;
  /** The placement that the service officially has. */
  placement: string;
  /** Where a rollback goes. */
  previous?: string;
  /** Run that wrote it, and when. */
  run: string;
  at: string;
}

/** The route of a service on the router host, or undefined when the router does not know the service. */
export async function readRoute(ctx: OperationContext, service: string): Promise<Route | undefined> {
  const { host } = (await ctx.fleet()).router();
  const content = await (await ctx.transport(host)).getFile(routeFile(service));
  if (!content) return undefined;
  const route = parseRoute(content.toString('utf8'));
  if (route) return route;
  throw new PreconditionError(`${routeFile(service)} on ${host} is no route.`, {
    where: host,
    hint: 'Somebody wrote it by hand. Put it right, or remove it and apply the router again.',
    nextSteps: ['fanops router apply'],
  });
}

function parseRoute(text: string): Route | undefined {
  try {
    const route = JSON.parse(text) as Partial<Route> | null;
    const isPlacement = (each: Partial<RoutedPlacement> | null): boolean =>
      typeof each?.name === 'string' && typeof each.weight === 'number';
    return Array.isArray(route?.placements) && route.placements.every(isPlacement) ? (route as Route) : undefined;
  } catch {
    return undefined; // no JSON
  }
}

/** The route, which must be there. @throws PreconditionError that says how to make it. */
export async function requireRoute(ctx: OperationContext, service: string): Promise<Route> {
  const route = await readRoute(ctx, service);
  if (route) return route;
  throw new PreconditionError(`The router does not know ${service} yet.`, {
    code: 'NO_ROUTE',
    hint: 'Set the router up first.',
    nextSteps: ['fanops host provision --all', 'fanops router apply'],
  });
}

/** The same route with other weights; a placement that is not named gets 0. */
export function withWeights(route: Route, weights: Record<string, number>): RoutedPlacement[] {
  for (const name of Object.keys(weights)) {
    if (!route.placements.some((placement) => placement.name === name))
      throw new BugError(`${route.service} has no placement ${name} in its route.`);
  }
  return route.placements.map((placement) => ({ ...placement, weight: weights[placement.name] ?? 0 }));
}

/** Weights by placement, for display: `azure 90, vm 10`. */
export const weightsText = (placements: RoutedPlacement[]): string =>
  placements.map((p) => `${p.name} ${p.weight}`).join(', ');

/** The lock under which a run writes the route of a service, with its number; nothing when the run does not hold it. */
export function writtenUnder(
  io: Pick<StepIo<OperationContext>, 'fence'>,
  host: string,
  service: string,
): Partial<Pick<Route, 'fence' | 'lock'>> {
  const lock = serviceLock(service);
  const fence = io.fence(host, lock);
  return fence > 0 ? { fence, lock } : {};
}

export const toJson = (route: Route): JsonObject => JSON.parse(JSON.stringify(route)) as JsonObject;
