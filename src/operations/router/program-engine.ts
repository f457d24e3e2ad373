import { putRouteFromFile } from '../../remote/router-program.js';
import type { EngineName, RouterEngine } from './engine.js';
import { appliedOn, putRouteOn } from './program-remote.js';
import { markOn, statsOn } from './program-stats.js';
import { programSteps } from './program-steps.js';

/**
 * An engine that the router's program on the host runs: itself (`embedded`), nginx or HAProxy. With each, weights
 * change without a reload.
 */
export function programEngine(name: EngineName): RouterEngine {
  return {
    name,
    steps: (ctx, wish) => programSteps(ctx, name, wish),
    putRouteFromFile,
    putRoute: putRouteOn,
    mark: markOn,
    stats: statsOn,
    async running(ctx, host) {
      return (await appliedOn(ctx, host))?.holder?.engine === name;
    },
  };
}
