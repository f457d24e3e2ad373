import { putRouteFromFile, routeStats } from '../../remote/router-program.js';
import type { OperationContext } from '../context.js';
import { ask } from '../on-host.js';
import { parseReply, type PlacementStats, type EngineName, type RouterEngine } from './engine.js';
import { appliedOn, putRouteOn } from './program-remote.js';
import { programHandlers, programSteps } from './program-steps.js';

interface StatsReply {
  complete: boolean;
  services: Record<string, { placements: Record<string, PlacementStats> }>;
}

/** An engine that the router's program on the host runs: itself (`embedded`), nginx or HAProxy. With each, weights change without a reload. */
export function programEngine(name: EngineName): RouterEngine {
  return {
    name,
    steps: (ctx, wish) => programSteps(ctx, name, wish),
    handlers: programHandlers,
    putRouteFromFile,
    putRoute: putRouteOn,
    async stats(ctx: OperationContext, host, service, since) {
      const stdout = await ask(ctx, host, routeStats(service, since), 'The statistics of the router could not be read', { timeoutMs: 30_000 });
      const { complete, services } = parseReply<StatsReply>(host, stdout);
      return { complete, placements: services[service]?.placements ?? {} };
    },
    async running(ctx, host) {
      return (await appliedOn(ctx, host))?.holder?.engine === name;
    },
  };
}
