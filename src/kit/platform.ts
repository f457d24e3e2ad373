import { PreconditionError } from '../core/errors.js';
import type { PlatformCapability } from '../platforms/contracts/module.js';
import type { PlatformCapabilities } from '../platforms/contracts/platform.js';
import type { OperationContext } from './context.js';

type Capabilities = PlatformCapabilities<OperationContext>;

/** What a platform does by each capability, for the error of one that lacks it. */
const DOES: Record<PlatformCapability, string> = {
  releases: 'deploys, starts and stops nothing there',
  background: 'does not switch timers and queue triggers there',
  logs: 'reads no logs there',
};

/**
 * A capability of the platform of a placement; undefined where it has none: for what goes without it.
 * @param without hosts of the placement that are left out
 */
export async function findPlatformCapability<K extends PlatformCapability>(
  ctx: OperationContext,
  service: string,
  placement: string,
  capability: K,
  without: readonly string[] = [],
): Promise<Capabilities[K] | undefined> {
  const fleet = await ctx.fleet();
  const config = fleet.placement(service, placement);
  if (!fleet.can(service, placement, capability)) return undefined;
  const platform = await ctx.platforms.load(config.platform);
  return platform[capability]?.(ctx, { service, placement, config, without }) as Capabilities[K] | undefined;
}

/**
 * The same, which must be there. @throws PreconditionError (code NO_CAPABILITY) that names the platforms that have it
 */
export async function platformCapability<K extends PlatformCapability>(
  ctx: OperationContext,
  service: string,
  placement: string,
  capability: K,
  without: readonly string[] = [],
): Promise<Capabilities[K]> {
  const found = await findPlatformCapability(ctx, service, placement, capability, without);
  if (found) return found;
  const { platform } = (await ctx.fleet()).placement(service, placement);
  const able = await ctx.platforms.withCapability(capability);
  throw new PreconditionError(
    `${service} is in placement ${placement}, on platform ${platform}: fanops ${DOES[capability]}.`,
    {
      code: 'NO_CAPABILITY',
      where: `services.${service}.placements.${placement}`,
      hint: `Platforms with ${capability}: ${able.join(', ') || 'none'}.`,
      nextSteps: [`fanops migrate ${service}`],
    },
  );
}
