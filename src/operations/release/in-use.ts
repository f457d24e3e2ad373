import { PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../context.js';
import { readRoute } from '../router/route.js';

/**
 * Looks, before a service is stopped on a host, that the router sends nobody there.
 * @throws PreconditionError (code IN_USE) that names the placement and its share
 */
export async function requireNoTraffic(ctx: OperationContext, host: string, service: string): Promise<void> {
  const fleet = await ctx.fleet();
  const config = fleet.config.services?.[service];
  if (!fleet.config.router || !config?.route) return;
  const serving = (await readRoute(ctx, service))?.placements.find(({ name, weight }) => {
    const placement = config.placements[name];
    return weight > 0 && placement?.platform === 'pm2' && placement.host === host;
  });
  if (!serving) return;
  throw new PreconditionError(`${service} is not stopped on ${host}: the router sends ${serving.weight} % of its requests to ${serving.name}.`, {
    code: 'IN_USE', where: host, nextSteps: [`fanops migrate status ${service}`, `fanops router weight ${service} PLACEMENT=100`],
  });
}
