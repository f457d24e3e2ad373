import { FanopsError } from '../../core/errors.js';
import type { LockRequest } from '../../core/plan.js';
import type { OperationContext } from '../../kit/context.js';
import { isNotReached } from '../../kit/not-there.js';
import { RunLocks, type LockOptions } from '../../runs/locks.js';

/** Hosts that do not answer, each with the error of asking it. */
export type Silent = ReadonlyMap<string, FanopsError>;

/**
 * Takes the locks on the hosts that answer.
 * @param needed hosts without which nothing is done
 * @throws PreconditionError (code LOCKED) that names the holder; what asking the hosts raised when none answers
 */
export async function lockReachable(
  requests: readonly LockRequest[],
  needed: readonly string[],
  options: LockOptions,
): Promise<{ locks: RunLocks; silent: Silent }> {
  const silent = new Map<string, FanopsError>();
  for (;;) {
    const open = requests.filter(({ host }) => !silent.has(host));
    try {
      return { locks: await RunLocks.acquire(open, options), silent };
    } catch (error) {
      const host = isNotReached(error) ? (error as FanopsError).where : undefined;
      const isLast = open.every((each) => each.host === host);
      if (host === undefined || needed.includes(host) || isLast || !open.some((each) => each.host === host))
        throw error;
      silent.set(host, error as FanopsError);
    }
  }
}

/** The context in which hosts that did not answer are not asked again: no lock is held there. */
export const withoutHosts = (ctx: OperationContext, silent: Silent): OperationContext => ({
  ...ctx,
  hosts: {
    ...ctx.hosts,
    async transport(host) {
      const error = silent.get(host);
      if (error) throw error;
      return ctx.hosts.transport(host);
    },
  },
});

/** Whether an error says that one of these hosts is not asked. */
export const saysSilent = (silent: Silent, error: unknown): boolean =>
  isNotReached(error) && silent.has((error as FanopsError).where ?? '');
