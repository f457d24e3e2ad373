import { PreconditionError, UserError } from '../../core/errors.js';
import type { Instance, InstanceProvider } from '../../providers/contracts/instances.js';
import type { OperationContext } from '../../kit/context.js';

/** The provider that owns a host. @throws UserError when nobody does: the machine is only reached. */
export async function instancesOf(
  ctx: OperationContext,
  host: string,
): Promise<{ provider: string; instances: InstanceProvider }> {
  const config = (await ctx.fleet()).host(host);
  if (!config.provider) {
    throw new UserError(
      `Host ${host} has an address and no provider: fanops reaches it, and neither makes nor destroys it.`,
      { where: `hosts.${host}` },
    );
  }
  return { provider: config.provider, instances: await ctx.providers.capability(config.provider, 'instances') };
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

/** The machine of a host. @throws PreconditionError (code NO_HOST) when its provider has none. */
export async function existing(ctx: OperationContext, host: string): Promise<Instance> {
  const { instances } = await instancesOf(ctx, host);
  const instance = await instances.find((await ctx.fleet()).name, host);
  if (instance) return instance;
  throw new PreconditionError(`Host ${host} is not there.`, {
    code: 'NO_HOST',
    where: host,
    nextSteps: [`fanops host provision ${host}`],
  });
}
