import { PreconditionError } from '../core/errors.js';
import type { OperationContext } from './context.js';

/**
 * The address under which one host reaches another: the private one where they share provider and region, else the
 * public one.
 * @throws PreconditionError (code NO_HOST) for a machine that has no address now.
 */
export async function seenFrom(ctx: OperationContext, target: string, viewer: string | undefined): Promise<string> {
  const fleet = await ctx.fleet();
  const config = fleet.host(target);
  // An alias of ssh_config is this machine's own: others need what stands behind it.
  if (!config.provider) return config.address === undefined ? '127.0.0.1' : (await ctx.hosts.endpoint(target)).address;
  const { network } = fleet.traits(target);
  if (target === viewer || network === 'loopback') return '127.0.0.1';
  const from = viewer === undefined ? undefined : fleet.host(viewer);
  const together = from?.provider === config.provider && from.region === config.region;
  const beside = network === 'bridge' && viewer !== undefined && fleet.traits(viewer).network === 'loopback';
  const instance = await (await ctx.providers.capability(config.provider, 'instances')).find(fleet.name, target);
  const address = (together || beside ? instance?.privateAddress : undefined) ?? instance?.endpoint?.address;
  if (address) return address;
  throw new PreconditionError(`Host ${target} has no address now: it is ${instance?.state ?? 'not there yet'}.`, {
    code: 'NO_HOST',
    where: target,
    nextSteps: [`fanops host provision ${target}`],
  });
}

/** The address from which connections of one host reach another, as the firewall of the other sees it. */
export async function sourceSeenBy(ctx: OperationContext, source: string, target: string): Promise<string> {
  const fleet = await ctx.fleet();
  // What a part of this machine sends goes out from this machine.
  return fleet.traits(source).network === 'loopback' && fleet.traits(target).network !== 'loopback'
    ? ctx.publicAddress()
    : seenFrom(ctx, source, target);
}
