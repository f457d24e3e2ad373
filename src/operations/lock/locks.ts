import type { z } from 'zod';
import { FanopsError, UserError, messageOf } from '../../core/errors.js';
import { appendAudit } from '../../remote/audit.js';
import { listDir } from '../../remote/files.js';
import { BASE, lockDir } from '../../remote/layout.js';
import { parseLockAnswer, releaseLock, showLock } from '../../remote/service-lock.js';
import { parseHolder } from '../../runs/locks.js';
import type { OperationContext } from '../../kit/context.js';
import { ask } from '../../kit/on-host.js';
import type { lockRow } from './locks.schema.js';
import type { result } from './show.schema.js';

export type LockRow = z.output<typeof lockRow>;

export type LockList = z.output<typeof result>;

/** The locks that are held, on all hosts that answer. */
export async function listLocks(ctx: OperationContext): Promise<LockList> {
  const locks: LockRow[] = [];
  const failed: LockList['failed'] = [];
  for (const host of (await ctx.fleet()).hostNames()) {
    try {
      locks.push(...(await locksOn(ctx, host)));
    } catch (error) {
      if (!(error instanceof FanopsError)) throw error;
      failed.push({ host, message: messageOf(error) });
    }
  }
  return { locks, failed };
}

/** The locks that are held on one host. */
export async function locksOn(ctx: OperationContext, host: string): Promise<LockRow[]> {
  const names = (await ask(ctx, host, listDir(`${BASE}/locks`), 'The locks could not be listed'))
    .split('\n')
    .filter((name) => name !== '');
  const rows: LockRow[] = [];
  for (const name of names) {
    const answer = parseLockAnswer(await ask(ctx, host, showLock(lockDir(name)), 'The lock could not be read'));
    if (answer.state === 'held')
      rows.push({
        name,
        host,
        secondsLeft: answer.secondsLeft,
        fence: answer.fence,
        holder: parseHolder(answer.holder),
      });
  }
  return rows;
}

/** The task behind `lock break`. */
export const lockBreak = (ctx: OperationContext, { lock }: { lock: string }): Promise<{ broken: LockRow[] }> =>
  breakLock(ctx, lock);

/**
 * Takes a lock from its holder, who finds out at the next renewal and stops. @throws UserError when nobody holds it.
 */
export async function breakLock(ctx: OperationContext, name: string): Promise<{ broken: LockRow[] }> {
  const { locks, failed } = await listLocks(ctx);
  const held = locks.filter((lock) => lock.name === name || lock.name === `service-${name}`);
  if (held.length === 0) {
    throw new UserError(`Nobody holds a lock "${name}".`, {
      hint:
        locks.length > 0
          ? `Held: ${locks.map((lock) => lock.name).join(', ')}.`
          : failed.length > 0
            ? `${failed.length} hosts did not answer.`
            : 'No lock is held.',
    });
  }
  const operator = await ctx.state.operator();
  for (const lock of held) {
    await ask(ctx, lock.host, releaseLock(lockDir(lock.name), lock.fence), 'The lock could not be broken');
    const line =
      `${new Date(ctx.io.clock.now()).toISOString()} ${operator.name} broke lock ` +
      `${lock.name} of ${lock.holder?.operator.name ?? 'unknown'} (run ` +
      `${lock.holder?.run ?? 'unknown'})`;
    await ask(ctx, lock.host, appendAudit(line), 'The audit line could not be written');
  }
  return { broken: held };
}
