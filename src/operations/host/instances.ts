import { PreconditionError, UserError } from '../../core/errors.js';
import type { InstanceProvider } from '../../providers/contracts/instances.js';
import type { OperationContext } from '../context.js';

/** The provider that owns a host. @throws UserError when nobody does: the machine is only reached. */
export async function instancesOf(ctx: OperationContext, host: string): Promise<{ provider: string; instances: InstanceProvider }> {
  const config = (await ctx.fleet()).host(host);
  if (!config.provider) {
    throw new UserError(`Host ${host} has an address and no provider: fanops reaches it, and neither makes nor destroys it.`, { where: `hosts.${host}` });
  }
  const { instances } = await ctx.provider(config.provider);
  if (!instances) throw new PreconditionError(`The provider ${config.provider} makes no hosts.`, { where: `hosts.${host}.provider` });
  return { provider: config.provider, instances };
}

/** Hosts that a provider owns: the named one, or all of the file. */
export async function ownedHosts(ctx: OperationContext, name: string | undefined): Promise<string[]> {
  const fleet = await ctx.fleet();
  if (name !== undefined) {
    await instancesOf(ctx, name);
    return [name];
  }
  return fleet.hostNames().filter((host) => fleet.host(host).provider !== undefined);
}
