import { FanopsError, messageOf } from '../../core/errors.js';
import type { SshEndpoint } from '../../transports/transport.js';
import type { OperationContext } from '../../kit/context.js';

/** A host as other programs reach it. */
export interface Entry {
  name: string;
  /** `existing` for a machine that only has an address. */
  provider: string;
  roles: string[];
  endpoint: SshEndpoint;
}

export interface Entries {
  fleet: string;
  entries: Entry[];
  /** Hosts that are not running: they are left out. */
  absent: { name: string; why: string }[];
  /** Hosts of which it cannot be told. */
  failed: { name: string; why: string }[];
  /** The fleet's own file of known host keys. */
  knownHosts: string;
}

/** All hosts of the fleet that can be reached now; what their providers vouch for is made known first. */
export async function inventoryEntries(ctx: OperationContext): Promise<Entries> {
  const fleet = await ctx.fleet();
  const found: Entries = {
    fleet: fleet.name,
    entries: [],
    absent: [],
    failed: [],
    knownHosts: await ctx.knownHostsFile(),
  };
  const asked = await Promise.allSettled(
    fleet.hostNames().map(async (name): Promise<Entry> => {
      const { provider = 'existing', roles } = fleet.host(name);
      const endpoint = await ctx.endpoint(name);
      await ctx.seedHostKeys(name);
      return { name, provider, roles, endpoint };
    }),
  );
  for (const [at, name] of fleet.hostNames().entries()) {
    const outcome = asked[at];
    if (outcome?.status === 'fulfilled') found.entries.push(outcome.value);
    else {
      const { reason } = outcome as PromiseRejectedResult;
      (reason instanceof FanopsError && reason.code === 'NO_HOST' ? found.absent : found.failed).push({
        name,
        why: messageOf(reason),
      });
    }
  }
  return found;
}
