import { PreconditionError } from '../core/errors.js';
import type { Fleet } from '../fleet/fleet.js';
import type { OperationContext } from './context.js';
import { readRoute, type RoutedPlacement } from './route.js';

/** The placement of a service on a host that the router sends users to; undefined when it sends nobody there. */
export async function servedOn(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<RoutedPlacement | undefined> {
  const fleet = await ctx.fleet();
  if (!fleet.config.router || !fleet.serviceNames().includes(service)) return undefined;
  const { route } = fleet.service(service);
  const here = fleet.placementsOn(host).flatMap((each) => (each.service === service ? [each.name] : []));
  if (!route || here.length === 0) return undefined;
  return (await readRoute(ctx, service))?.placements.find(
    (placement) => placement.weight > 0 && here.includes(placement.name) && leadsTo(fleet, service, placement, host),
  );
}

/** Whether requests of a placement go to one of its hosts: one that names no targets has those of its first host. */
const leadsTo = (fleet: Fleet, service: string, { name, targets }: RoutedPlacement, host: string): boolean =>
  targets ? targets.some((target) => target.name === host) : fleet.hostsOf(service, name)[0] === host;

/**
 * Looks, before a service is stopped on a host, that the router sends nobody there.
 * @throws PreconditionError (code IN_USE) that names the placement and its share
 */
export async function requireNoTraffic(ctx: OperationContext, host: string, service: string): Promise<void> {
  const serving = await servedOn(ctx, host, service);
  if (!serving) return;
  throw new PreconditionError(
    `${service} is not stopped on ${host}: the router sends ${serving.weight} % of its requests to ${serving.name}.`,
    {
      code: 'IN_USE',
      where: host,
      nextSteps: [`fanops migrate status ${service}`, `fanops router weight ${service} PLACEMENT=100`],
    },
  );
}
