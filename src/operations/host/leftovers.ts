import { FanopsError, messageOf, PreconditionError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import type { GoingHost, HostLeftovers } from '../../platforms/contracts/leftovers.js';
import { platformLeftovers } from '../../platforms/index.js';
import type { Instance } from '../../providers/contracts/instances.js';

/** A host that goes. */
interface Going {
  host: string;
  provider: string;
  instance: Instance;
  /** Also what cannot be told does not keep it. */
  force?: boolean;
}

/**
 * What platforms have of a host on the machine that it is a part of, and that would outlive it; none where the whole
 * machine goes.
 * @throws PreconditionError (code LEFTOVERS) when a platform that a service of the host is on does not tell
 */
export async function leftoversOf(
  ctx: OperationContext,
  going: Going,
): Promise<{ names: string[]; remove(): Promise<void> }> {
  const fleet = await ctx.fleet();
  if (fleet.providers.get(going.provider)?.traits.network !== 'loopback')
    return { names: [], remove: () => Promise.resolve() };
  const at = { fleet: fleet.name, host: going.host, transport: await transportTo(ctx, going), signal: ctx.signal };
  const found: { names: string[]; leftovers: HostLeftovers }[] = [];
  for (const [platform, leftovers] of await platformLeftovers())
    found.push({ names: await listed(ctx, at, going, { platform, leftovers }), leftovers });
  return {
    names: found.flatMap(({ names }) => names),
    async remove() {
      for (const { names, leftovers } of found) if (names.length > 0) await leftovers.remove(at);
    },
  };
}

/** The host itself, whose login may have settings of its own; where it does not run, the machine. */
async function transportTo(ctx: OperationContext, { host, instance }: Going): Promise<GoingHost['transport']> {
  const isThere = instance.state === 'running' && (await ctx.fleet()).hostNames().includes(host);
  return isThere ? ctx.hosts.transport(host) : ctx.hosts.controlMachine();
}

async function listed(
  ctx: OperationContext,
  at: GoingHost,
  { host, force }: Going,
  { platform, leftovers }: { platform: string; leftovers: HostLeftovers },
): Promise<string[]> {
  try {
    return await leftovers.list(at);
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    const fleet = await ctx.fleet();
    const isUsed = fleet
      .placementsOn(host)
      .some(({ service, name }) => fleet.platform(service, name).name === platform);
    if (force || !isUsed) return [];
    throw new PreconditionError(`Host ${host} is not destroyed: what would be left of it cannot be told.`, {
      code: 'LEFTOVERS',
      where: host,
      cause: error,
      hint: `${messageOf(error)}\nWith --force the host goes all the same, and what platform ${platform} has of it stays.`,
      nextSteps: ['fanops doctor'],
    });
  }
}
