import { decode, MalformedError, recordedRoute, type Placement, type RecordedRoute } from '#protocol';
import { BugError, PreconditionError } from '../core/errors.js';
import { routeFile, serviceLock } from '../remote/layout.js';
import type { StepIo } from '../core/step.js';
import type { OperationContext } from './context.js';

export type { HealthRequest } from '#protocol';

/** One way a service runs, as the router sees it. */
export type RoutedPlacement = Placement;

/**
 * What the router host knows of a service: the truth of where it is placed and how its traffic is split. One JSON file
 * a service, so that one
 * rename changes all of it.
 */
export type Route = RecordedRoute;

/** The route of a service on the router host, or undefined when the router does not know the service. */
export async function readRoute(ctx: OperationContext, service: string): Promise<Route | undefined> {
  const { host } = (await ctx.fleet()).router();
  const content = await (await ctx.hosts.transport(host)).getFile(routeFile(service));
  if (!content) return undefined;
  return parseRoute(host, service, content.toString('utf8'));
}

/**
 * Reads the text of a route file. @throws PreconditionError that names the file, its host and the first place that is
 * wrong
 */
export function parseRoute(host: string, service: string, text: string): Route {
  try {
    return decode(recordedRoute, text);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new PreconditionError(`${routeFile(service)} on ${host} is no route: ${error.message}.`, {
      where: host,
      cause: error,
      hint: 'Somebody wrote it by hand, or a newer fanops did. Put it right, or remove it and apply the router again.',
      nextSteps: ['fanops router apply'],
    });
  }
}

/**
 * Where requests of a placement go on one of its hosts; undefined when none go there. A placement with one target does
 * not name its host.
 */
export const routedUrl = (
  { url, targets }: Pick<RoutedPlacement, 'url' | 'targets'>,
  host: string,
): string | undefined => (targets ? targets.find(({ name }) => name === host)?.url : url);

/** Hosts of a placement to which the router sends nobody, since an earlier change went without them. */
export const downIn = (route: Route | undefined, placement: string): string[] =>
  (route?.placements.find(({ name }) => name === placement)?.targets ?? []).flatMap(({ name, down }) =>
    down ? [name] : [],
  );

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

/** Where a rollback sends the users of a service, and the placement that they leave. */
export interface WayBack {
  to: string;
  leaving: string;
}

/**
 * The way back of a service. A split that was not finished ends at the placement that the service has; where users were
 * sent to the way back already, by hand, it is that one. Undefined when there is nothing to roll back.
 */
export function wayBackOf({ placement, previous, placements }: Route): WayBack | undefined {
  const used = placements.filter(({ weight }) => weight > 0).map(({ name }) => name);
  const other = used.find((name) => name !== placement);
  if (other !== undefined && !(used.length === 1 && other === previous)) return { to: placement, leaving: other };
  return previous === undefined ? undefined : { to: previous, leaving: placement };
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
