import type { z } from 'zod';
import { FanopsError, messageOf } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import type { result } from './entries.schema.js';

/** A host as other programs reach it. */
export type Entry = Entries['entries'][number];

export type Entries = z.output<typeof result>;

/** All hosts of the fleet that can be reached now; what their providers vouch for is made known first. */
export async function inventoryEntries(ctx: OperationContext): Promise<Entries> {
  const fleet = await ctx.fleet();
  const found: Entries = {
    fleet: fleet.name,
    entries: [],
    absent: [],
    failed: [],
    knownHosts: await ctx.hosts.knownHostsFile(),
  };
  const asked = await Promise.allSettled(
    fleet.hostNames().map(async (name): Promise<Entry> => {
      const { provider = 'existing', roles } = fleet.host(name);
      const endpoint = await ctx.hosts.endpoint(name);
      await ctx.hosts.seedKeys(name);
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
