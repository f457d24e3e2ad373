import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { addresses, bindAddress } from '../../kit/facts.js';
import type { OperationContext } from '../../kit/context.js';
import { readServiceRecord } from '../../platforms/pm2/observe.js';
import { releaseArguments, startedWith } from '../../platforms/pm2/start-arguments.js';
import { readRoute, type Route } from '../../kit/route.js';
import { wantedRoute } from '../router/wanted-route.js';
import type { Compared, DesiredProcess, ObservedProcess } from './differences.js';

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
    const placement = fleet.service(service).placements[name];
    if (placement?.platform !== 'pm2') continue;
    const observed = await observeProcess(ctx, placement.host, service);
    const desired: DesiredProcess = {
      host: placement.host,
      listen: { address: await bindAddress(ctx, placement.host), port: placement.port },
      instances: placement.instances ?? 1,
      keys: fleet.service(service).keys !== undefined,
    };
    compared.desired.processes[name] = desired;
    if (observed) compared.observed.processes[name] = observed;
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
  const needed = new Set(among.map((name) => hostOf(fleet, service, name)));
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
  const isUnknown = (name: string): boolean => unknown.has(hostOf(fleet, service, name) ?? '');
  return {
    ...wanted,
    placements: wanted.placements.flatMap((each) =>
      isUnknown(each.name) ? (present?.placements.filter(({ name }) => name === each.name) ?? []) : [each],
    ),
  };
}

function hostOf(fleet: Fleet, service: string, name: string): string | undefined {
  const placement = fleet.service(service).placements[name];
  return placement?.platform === 'pm2' ? placement.host : undefined;
}

/** What runs of a service on a host, undefined when it does not run there. */
export async function observeProcess(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<ObservedProcess | undefined> {
  const record = await readServiceRecord(ctx, host, service);
  if (!record) return undefined;
  const [started, own] = [
    await startedWith(ctx, host, service),
    await releaseArguments(ctx, { service, host, release: record.release }),
  ];
  const recorded = {
    address: record.address ?? started?.listen?.address ?? (await bindAddress(ctx, host)),
    port: record.port,
  };
  return {
    recorded,
    listens: started?.listen ? [started.listen, ...started.also] : [recorded, ...(record.also ?? [])],
    instances: own.instances,
    keys: own.keys,
  };
}
