import { applied, putRoute, putRouteFromFile, routeStats } from '../../remote/embedded-router.js';
import type { OperationContext } from '../context.js';
import { ask, mutateOk } from '../on-host.js';
import { parseReply, type PlacementStats, type RouterEngine } from './engine.js';

interface StatsReply {
  complete: boolean;
  services: Record<string, { placements: Record<string, PlacementStats> }>;
}

/** The engine that fanops brings itself: one Node process under PM2. Weights change without a reload. */
export const embeddedEngine: RouterEngine = {
  name: 'embedded',
  putRouteFromFile,
  async putRoute(io, host, route) {
    await mutateOk(io, host, putRoute(route.service), `The router did not take up the route of ${route.service}`, {
      brief: true, stdin: JSON.stringify(route), timeoutMs: 30_000,
    });
  },
  async stats(ctx: OperationContext, host, service, since) {
    const stdout = await ask(ctx, host, routeStats(service, since), 'The statistics of the router could not be read', { timeoutMs: 30_000 });
    const { complete, services } = parseReply<StatsReply>(host, stdout);
    return { complete, placements: services[service]?.placements ?? {} };
  },
  async running(ctx, host) {
    const transport = await ctx.transport(host);
    const result = await transport.run({ argv: applied() }, { timeoutMs: 10_000 });
    return result.code === 0;
  },
};
