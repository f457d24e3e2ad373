import { FanopsError } from '../../core/errors.js';
import { quoteForReading } from '../../core/quote.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { OperationContext } from '../../kit/context.js';
import { isNotReached } from '../../kit/not-there.js';
import { readRoute } from '../../kit/route.js';
import type { Present } from '../../platforms/contracts/platform.js';
import { check, warn, type Check, type Finding } from './check.js';

/**
 * What still runs on a host of services that are not in the fleet file any more; no check where there is nothing. What
 * another fleet may have there is left out. @param host one that answers
 */
export async function removedChecks(ctx: OperationContext, fleet: Fleet, host: string): Promise<Check[]> {
  const gone = (await presentOn(ctx, host)).filter(({ service }) => !fleet.serviceNames().includes(service));
  const proven = await Promise.all(gone.map(async (each) => ((await isOwn(ctx, fleet, host, each)) ? [each] : [])));
  return Promise.all(
    proven
      .flat()
      .map((each) =>
        check(
          `host/${host}/removed/${each.service}`,
          `Host ${host} runs services of the fleet file only`,
          ctx.signal,
          () => finding(ctx, fleet, host, each),
        ),
      ),
  );
}

async function presentOn(ctx: OperationContext, host: string): Promise<Present[]> {
  const found = (await ctx.platforms.withCapability('releases')).map(async (name) => {
    try {
      return (await (await ctx.platforms.load(name)).present?.(ctx, host)) ?? [];
    } catch (error) {
      // A host need not have what a platform runs on; what else keeps it from answering is told by other checks.
      if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** A machine that a provider made is of this fleet, as is what a run of this clone brought to any other. */
async function isOwn(ctx: OperationContext, fleet: Fleet, host: string, { marked, run }: Present): Promise<boolean> {
  if (marked || fleet.host(host).provider !== undefined) return true;
  return run !== undefined && (await (await ctx.state.store()).run(run)) !== undefined;
}

async function finding(ctx: OperationContext, fleet: Fleet, host: string, left: Present): Promise<Finding> {
  const { service, what, remove } = left;
  const detail = `${service} is not in the fleet file and is left over here: ${what}`;
  const exec = `fanops exec ${host} -- sh -c ${quoteForReading(remove)}`;
  if (!fleet.config.router) return warn(detail, exec);
  try {
    if (!(await readRoute(ctx, service))) return warn(detail, exec);
    return warn(`${detail}; the router still sends it requests`, 'fanops router apply');
  } catch (error) {
    if (ctx.signal.aborted || !isNotReached(error)) throw error;
    return warn(`${detail}; whether the router sends it requests cannot be told`, 'fanops router show');
  }
}
