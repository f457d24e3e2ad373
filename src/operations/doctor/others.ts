import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { refuseOthers } from '../../kit/pm2-apps.js';
import { readRoute } from '../../kit/route.js';
import { serviceApp, trialApp } from '../../remote/release.js';
import { routerApp } from '../../remote/standing.js';
import { leftOver } from '../migrate/left-over.js';

/** The error with which a run would refuse a process of others under a name that it needs; undefined without one. */
export async function othersOn(ctx: OperationContext, fleet: Fleet, host: string): Promise<FanopsError | undefined> {
  const apps = fleet.servicesOn(host).flatMap((service) => [serviceApp(service), trialApp(service)]);
  if (fleet.config.router?.host === host) apps.push(routerApp);
  if (apps.length === 0) return undefined;
  try {
    await refuseOthers(ctx, host, ...apps);
    return undefined;
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    // What keeps PM2 from answering is told by another check.
    return error.code === 'NOT_OURS' ? error : undefined;
  }
}

/** A service that works in the background on a host although users and way back are elsewhere. */
export async function leftOn(
  ctx: OperationContext,
  fleet: Fleet,
  host: string,
): Promise<{ service: string; placement: string; instead: string } | undefined> {
  if (!fleet.config.router) return undefined;
  for (const service of fleet.servicesOn(host).filter((name) => fleet.service(name).route)) {
    try {
      const route = await readRoute(ctx, service);
      const left = route && (await leftOver(ctx, fleet, route));
      if (left && fleet.hostsOf(service, left.name).includes(host))
        return { service, placement: left.name, instead: route!.placement };
    } catch (error) {
      // The checks of the router tell what keeps it from answering.
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    }
  }
  return undefined;
}
