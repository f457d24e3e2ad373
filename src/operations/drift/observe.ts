import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { addresses } from '../../kit/facts.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { OperationContext } from '../../kit/context.js';
import { downIn, readRoute, type Route, type RoutedPlacement } from '../../kit/route.js';
import { wantedRoute } from '../router/wanted-route.js';
import type { Compared } from './differences.js';

/** A placement that a change brings level on all of its hosts but some. */
interface Level {
  placement: string;
  without: readonly string[];
}

/**
 * What the fleet file says of a service beside what route, records and processes say.
 * @param among placements whose processes are asked for; the hosts of others need not answer. Default: none
 * @param level the placement that a change brings level: all of its hosts but those that it goes without
 * @param silent hosts that are not asked
 */
export async function compareService(
  ctx: OperationContext,
  service: string,
  among: readonly string[] = [],
  { level, silent = [] }: { level?: Level; silent?: readonly string[] } = {},
): Promise<Compared> {
  const fleet = await ctx.fleet();
  const present = await readRoute(ctx, service);
  const route = await desiredRoute(ctx, fleet, service, { present, among, level, silent });
  const compared: Compared = { desired: { route, processes: {} }, observed: { route: present, processes: {} } };
  for (const name of new Set(among)) {
    if (!Object.hasOwn(fleet.service(service).placements, name)) continue;
    const without = level?.placement === name ? level.without : [...downIn(present, name), ...silent];
    const releases = await findPlatformCapability(ctx, service, name, 'releases', without);
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
  {
    present,
    among,
    level,
    silent,
  }: {
    present: Route | undefined;
    among: readonly string[];
    level?: Level;
    silent: readonly string[];
  },
): Promise<Route> {
  const { without = [] } = level ?? {};
  const needed = new Set(
    among
      .flatMap((name) => fleet.hostsOf(service, name))
      .filter((host) => !without.includes(host) && !silent.includes(host)),
  );
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
  const presentPlacement = (placement: string) => present?.placements.find(({ name }) => name === placement);
  return {
    ...wanted,
    placements: wanted.placements.flatMap((each) => {
      const known = presentPlacement(each.name);
      if (!each.targets)
        return fleet.hostsOf(service, each.name).some((host) => unknown.has(host)) ? (known ?? []) : [each];
      const targets = each.targets.flatMap((target) =>
        unknown.has(target.name) ? (known?.targets?.filter(({ name }) => name === target.name) ?? []) : [target],
      );
      const [first] = targets;
      if (!first) return known ?? [];
      const isLevel = level?.placement === each.name;
      return [
        {
          ...each,
          url: first.url,
          targets: targets.map((target) => ({
            ...target,
            ...(isLevel ? { down: without.includes(target.name) } : { down: isDown(known, target.name) }),
          })),
        },
      ];
    }),
  };
}

const isDown = (placement: RoutedPlacement | undefined, host: string): boolean =>
  placement?.targets?.find(({ name }) => name === host)?.down === true;
