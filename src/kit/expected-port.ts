import { portOf } from '../core/url.js';
import type { OperationContext } from './context.js';
import { requireRoute, routedUrl } from './route.js';

/** Where a service is to answer on a host. */
export interface ExpectedPort {
  /** Undefined when nobody is sent there. */
  port?: number;
  /** What says so, for messages: `the route leads to`. */
  by: string;
  /** Its address, or its port where no route leads to it. */
  shown: string;
}

/** Where requests of a placement go on a host: by its route, or by the fleet file where none leads to the service. */
export async function expectedPort(
  ctx: OperationContext,
  { service, placement, host }: { service: string; placement: string; host: string },
): Promise<ExpectedPort> {
  const fleet = await ctx.fleet();
  if (!fleet.service(service).route) {
    const port = fleet.portOf(service, placement, host);
    return { port, by: 'the fleet file names', shown: `port ${port}` };
  }
  const routed = (await requireRoute(ctx, service)).placements.find(({ name }) => name === placement);
  const url = routed && routedUrl(routed, host);
  return { ...(url !== undefined && { port: portOf(url) }), by: 'the route leads to', shown: url ?? 'no address' };
}
