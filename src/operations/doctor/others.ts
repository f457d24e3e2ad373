import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseOthers } from '../../kit/pm2-apps.js';
import { findPlatformCapability } from '../../kit/platform.js';
import { presentPlacement } from '../../kit/placement-record.js';
import { isNotReached } from '../../kit/not-there.js';
import { readRoute } from '../../kit/route.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { routerApp } from '../../remote/standing.js';
import { leftOver } from '../migrate/left-over.js';

/** The error with which a run would refuse what others have where it needs something; undefined without one. */
export async function othersOn(ctx: OperationContext, fleet: Fleet, host: string): Promise<FanopsError | undefined> {
  try {
    if (fleet.config.router?.host === host) await refuseOthers(ctx, host, routerApp);
    for (const { service, name } of fleet.placementsOn(host)) {
      const others = fleet.hostsOf(service, name).filter((each) => each !== host);
      await (await findPlatformCapability(ctx, service, name, 'releases', others))?.requireOwn();
    }
    return undefined;
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    // What keeps PM2 from answering is told by another check.
    return ['NOT_OURS', 'PORT'].includes(error.code) ? error : undefined;
  }
}

/** A service that works in the background on a host although users and way back are elsewhere. */
export async function leftOn(
  ctx: OperationContext,
  fleet: Fleet,
  host: string,
): Promise<{ service: string; placement: string; instead: string } | undefined> {
  for (const service of fleet.servicesOn(host)) {
    const isRouted = fleet.service(service).route !== undefined;
    if (isRouted && !fleet.config.router) continue;
    try {
      const at = isRouted
        ? await readRoute(ctx, service)
        : { service, placements: [], ...(await presentPlacement(ctx, service)) };
      const left = at && (await leftOver(ctx, fleet, at));
      if (at && left?.background && fleet.hostsOf(service, left.name).includes(host))
        return { service, placement: left.name, instead: at.placement };
    } catch (error) {
      // The checks of the router tell what keeps it from answering.
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    }
  }
  return undefined;
}

/**
 * A service whose timers and queue triggers run on a host and on another one of its placement: a change left this host
 * out while it did not answer, and the other one took them over.
 */
export async function twiceOn(
  ctx: OperationContext,
  fleet: Fleet,
  host: string,
): Promise<{ service: string; other: string } | undefined> {
  for (const { service, name } of fleet.placementsOn(host)) {
    const others = fleet.hostsOf(service, name).filter((each) => each !== host);
    if (others.length === 0 || !(await worksOn(ctx, host, service))) continue;
    for (const other of others) if (await worksOn(ctx, other, service)) return { service, other };
  }
  return undefined;
}

/** Whether timers and queue triggers of a service run on a host; not, as far as one that does not answer tells. */
async function worksOn(ctx: OperationContext, host: string, service: string): Promise<boolean> {
  try {
    return (await readServiceRecord(ctx, host, service))?.background ?? false;
  } catch (error) {
    if (ctx.signal.aborted || !isNotReached(error)) throw error;
    return false;
  }
}
