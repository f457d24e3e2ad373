import { putRouteFromFile } from '../../remote/router-program.js';
import type { OperationContext } from '../../kit/context.js';
import type { RouterEngine } from './engine.js';
import { appliedOn, putRouteOn } from './program-remote.js';
import { markOn, statsOn } from './program-stats.js';
import { programSteps } from './program-steps.js';

/** The engine that the fleet file chooses. */
export const engineOf = async (ctx: OperationContext): Promise<RouterEngine> =>
  programEngine((await ctx.fleet()).engine().name);

/** An engine as the router's program on the host runs it. With each, weights change without a reload. */
function programEngine(name: string): RouterEngine {
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
