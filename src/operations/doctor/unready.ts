import type { OperationContext } from '../../kit/context.js';
import { findPlatformCapability } from '../../kit/platform.js';
import type { Fleet } from '../../fleet/fleet.js';
import { serviceLock } from '../../remote/layout.js';
import { locksOn } from '../lock/locks.js';
import { isDeadHere } from '../../runs/operator.js';

/** What platforms say of the services that a host is to run. */
export interface Readiness {
  /** Names of those that run. */
  ready: string[];
  /** The first that does not, or not well, and that no run is at work on. */
  unready?: { service: string; detail: string; next: string };
}

/** Asks the platforms of all placements on a host whether what is to run there does. */
export async function readinessOn(ctx: OperationContext, fleet: Fleet, host: string): Promise<Readiness> {
  const found: Readiness = { ready: [] };
  for (const { service, name } of fleet.placementsOn(host)) {
    const others = fleet.hostsOf(service, name).filter((each) => each !== host);
    const releases = await findPlatformCapability(ctx, service, name, 'releases', others);
    const [seen] = (await releases?.readiness()) ?? [];
    if (!seen) continue;
    if (seen.ready) found.ready.push(service);
    else if (!(await isBusy(ctx, host, service))) found.unready ??= { service, detail: seen.detail, next: seen.next };
  }
  return found;
}

/** Whether a run is at work on a service, and so sees to it itself. */
async function isBusy(ctx: OperationContext, host: string, service: string): Promise<boolean> {
  const holder = (await locksOn(ctx, host)).find(({ name }) => name === serviceLock(service))?.holder;
  return holder !== undefined && !(await isDeadHere(holder.operator, await ctx.state.operator()));
}
