import type { z } from 'zod';
import { FanopsError, PreconditionError } from '../../core/errors.js';
import { freeReserve } from '../../remote/reserve.js';
import type { StepOptions } from '../../runs/step-io.js';
import { askBeforeUndo, undoEffects } from '../../runs/unmake.js';
import { Journal } from '../../runs/journal.js';
import { RunLocks } from '../../runs/locks.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';
import { findRun } from './find.js';
import { requireKnownSteps } from './known.js';
import { refuseLive } from './live.js';
import type { options, result } from './undo.schema.js';

export type UndoResult = z.output<typeof result>;

const BUILDS = ['migrate', 'deploy', 'deploy-rollback'];

/**
 * What a later run built on is not taken away under it. This clone's journal knows its own runs; what others did, the
 * hosts are asked.
 */
async function refuseBuiltOn(ctx: OperationContext, run: RunRecord): Promise<void> {
  if (run.status !== 'succeeded' || !BUILDS.includes(run.plan.operation)) return;
  const later = (await (await ctx.state.store()).runs(1000)).find(
    ({ id, status, createdAt, plan }) =>
      id !== run.id &&
      status === 'succeeded' &&
      createdAt > run.createdAt &&
      plan.steps.length > 0 &&
      plan.subject === run.plan.subject &&
      BUILDS.includes(plan.operation),
  );
  if (!later) return;
  throw new PreconditionError(`Run ${later.id} (${later.plan.title}) came after run ${run.id} and builds on it.`, {
    hint: 'Undo the later one first.',
    nextSteps: [`fanops runs undo ${later.id}`],
  });
}

/** The task behind `runs undo`. */
export const runsUndo = (ctx: OperationContext, { run }: z.output<typeof options>): Promise<UndoResult> =>
  undoRun(ctx, run);

/** Takes away what a run made, newest first. @throws FanopsError that names what could not be removed. */
export async function undoRun(ctx: OperationContext, id: string): Promise<UndoResult> {
  const run = await findRun(ctx, id);
  await refuseLive(ctx, run);
  if (run.status === 'undone') throw new PreconditionError(`Run ${id} was undone already.`);
  const store = await ctx.state.store();
  await refuseBuiltOn(ctx, run);
  const journal = new Journal(id, run.plan, store, ctx.io.clock, ctx.secrets.scrubber, ctx.io.listener);
  await journal.load();
  await requireKnownSteps(ctx, [], [], await journal.effects());
  const operator = await ctx.state.operator();
  const requests = journal.parts().flatMap((part) => part.locks);
  const locks = await RunLocks.acquire(requests, {
    transport: ctx.hosts.transport,
    clock: ctx.io.clock,
    signal: ctx.signal,
    lease: (await ctx.fleet()).timing,
    holder: { run: id, reason: `undo of ${run.plan.title}`, operator, since: journal.now() },
  });
  const begun = ctx.io.clock.now();
  try {
    const effects = await journal.effects();
    const options: StepOptions<OperationContext> = {
      ctx,
      journal,
      withSignal: (signal) => ctx.withSignal(signal),
      handlers: ctx.stepTypes,
      signal: AbortSignal.any([ctx.signal, locks.lost]),
      fence: (host, lock) => locks.fence(host, lock),
    };
    await askBeforeUndo(effects, options);
    for (const host of new Set(requests.flatMap((lock) => (lock.optional ? [] : [lock.host]))))
      await (await ctx.hosts.transport(host)).run({ argv: freeReserve() });
    await journal.emit({ type: 'run.started', runId: id, title: `Undo: ${run.plan.title}`, resumed: true, steps: [] });
    const outcome = await undoEffects(effects, options);
    const clean = outcome.left.length === 0;
    if (clean) await store.updateRun(id, { status: 'undone', endedAt: journal.now() });
    await journal.emit({
      type: 'run.ended',
      runId: id,
      status: clean ? 'undone' : 'failed',
      ms: ctx.io.clock.now() - begun,
    });
    if (clean) return { run: id, ...outcome };
    throw new FanopsError(`Not everything of run ${id} could be removed.`, {
      code: 'UNDO',
      hint: outcome.left.map((left) => `${left.title}: ${left.why}`).join('\n'),
      nextSteps: [`fanops runs undo ${id}`],
      data: { ...outcome },
    });
  } finally {
    await locks.release();
  }
}
