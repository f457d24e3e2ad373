import { FanopsError } from '../../core/errors.js';
import type { LockRequest } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import { ask } from '../../kit/on-host.js';
import { listDir } from '../../remote/files.js';
import { BASE, routerLock, serviceLock } from '../../remote/layout.js';

/**
 * The locks under which hosts are stopped, started anew or removed: those of all that runs there, by the fleet file and
 * by the host itself, so that no other run is at work there meanwhile. A host that does not answer has none.
 */
export async function hostLocks(ctx: OperationContext, hosts: readonly string[]): Promise<LockRequest[]> {
  const fleet = await ctx.fleet();
  const known = hosts.filter((host) => fleet.hostNames().includes(host));
  const found = await Promise.all(
    known.map(async (host) => {
      const isRouter = fleet.config.router?.host === host;
      const services = isRouter ? fleet.serviceNames() : fleet.servicesOn(host);
      const names = new Set([
        ...(isRouter ? [routerLock] : []),
        ...services.map(serviceLock),
        ...(await locksThere(ctx, host)),
      ]);
      return [...names].map((name): LockRequest => ({ host, name, optional: true }));
    }),
  );
  return found.flat();
}

/** Names of locks that were ever taken on a host; none where it does not answer. */
async function locksThere(ctx: OperationContext, host: string): Promise<string[]> {
  try {
    const listed = await ask(ctx, host, listDir(`${BASE}/locks`), 'The locks could not be listed');
    return listed.split('\n').filter((name) => name === routerLock || name.startsWith(serviceLock('')));
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof FanopsError)) throw error;
    return [];
  }
}
