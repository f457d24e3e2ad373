import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { addresses } from '../../kit/facts.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { OperationContext } from '../../kit/context.js';
import { readRoute, type Route } from '../../kit/route.js';
import { wantedRoute } from '../router/wanted-route.js';
import type { Compared } from './differences.js';

/**
 * What the fleet file says of a service beside what route, records and processes say.
 * @param among placements whose processes are asked for; the hosts of others need not answer. Default: none
 */
export async function compareService(
  ctx: OperationContext,
  service: string,
  among: readonly string[] = [],
): Promise<Compared> {
  const fleet = await ctx.fleet();
  const present = await readRoute(ctx, service);
  const route = await desiredRoute(ctx, fleet, service, { present, among });
  const compared: Compared = { desired: { route, processes: {} }, observed: { route: present, processes: {} } };
  for (const name of new Set(among)) {
    if (!Object.hasOwn(fleet.service(service).placements, name)) continue;
    const releases = await findPlatformCapability(ctx, service, name, 'releases');
    if (!releases) continue;
    compared.observed.processes[name] = await releases.observe();
    compared.desired.processes[name] = await releases.desired();
  }
  return compared;
}

/**
 * The route as the fleet file wants it. A placement whose host has no address now is as the router has it, and so is
 * one outside of `among` whose
 * provider cannot be asked.
 */
async function desiredRoute(
  ctx: OperationContext,
  fleet: Fleet,
  service: string,
  { present, among }: { present: Route | undefined; among: readonly string[] },
): Promise<Route> {
  const needed = new Set(among.flatMap((name) => fleet.hostsOf(service, name)));
  const addressOf = await addresses(ctx, service);
  const unknown = new Set<string>();
  const wanted = wantedRoute(fleet, service, (host) => {
    try {
      return addressOf(host);
    } catch (error) {
      if (!(error instanceof FanopsError) || (error.code !== 'NO_HOST' && needed.has(host))) throw error;
      unknown.add(host);
      return 'unknown.invalid';
    }
  });
  const isUnknown = (name: string): boolean => fleet.hostsOf(service, name).some((host) => unknown.has(host));
  return {
    ...wanted,
    placements: wanted.placements.flatMap((each) =>
      isUnknown(each.name) ? (present?.placements.filter(({ name }) => name === each.name) ?? []) : [each],
    ),
  };
}
