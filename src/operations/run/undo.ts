import type { z } from 'zod';
import { FanopsError, PreconditionError } from '../../core/errors.js';
import type { Plan } from '../../core/plan.js';
import { freeReserve } from '../../remote/reserve.js';
import type { StepOptions } from '../../runs/step-io.js';
import { askBeforeUndo, undoEffects, type UndoOutcome } from '../../runs/unmake.js';
import { Journal } from '../../runs/journal.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';
import { findRun } from './find.js';
import { lockReachable, saysSilent, withoutHosts, type Silent } from './reachable.js';
import { requireKnownSteps } from './known.js';
import { refuseLive } from './live.js';
import type { options, result } from './undo.schema.js';

export type UndoResult = z.output<typeof result>;

const BUILDS = ['migrate', 'deploy', 'deploy-rollback'];

/** What a plan is about that later runs may build on; undefined where they do not. */
const builtOf = ({ operation, subject }: Plan): string | undefined =>
  BUILDS.includes(operation) ? subject : undefined;

/**
 * What a later run built on is not taken away under it. This clone's journal knows its own runs; what others did, the
 * hosts are asked.
 * @param parts all of the run's plan, the root first
 */
async function refuseBuiltOn(ctx: OperationContext, run: RunRecord, parts: readonly Plan[]): Promise<void> {
  const subjects = new Set(parts.flatMap((part) => builtOf(part) ?? []));
  if (run.status !== 'succeeded' || subjects.size === 0) return;
  const store = await ctx.state.store();
  const later = (await store.runs(1000)).filter(
    ({ id, status, createdAt }) => id !== run.id && status === 'succeeded' && createdAt > run.createdAt,
  );
  for (const { id, plan } of later) {
    const built = [plan, ...(await store.parts(id))].find(
      (part) => part.steps.length > 0 && subjects.has(builtOf(part) ?? ''),
    );
    if (!built) continue;
    throw new PreconditionError(`Run ${id} (${built.title}) came after run ${run.id} and builds on it.`, {
      hint: 'Undo the later one first.',
      nextSteps: [`fanops runs undo ${id}`],
    });
  }
}

/** The task behind `runs undo`. */
export const runsUndo = (ctx: OperationContext, { run }: z.output<typeof options>): Promise<UndoResult> =>
  undoRun(ctx, run);

/**
 * Takes away what a run made, newest first; of hosts that do not answer, with a later undo of the same run.
 * @throws FanopsError (code UNDO) that names what could not be removed
 */
export async function undoRun(ctx: OperationContext, id: string): Promise<UndoResult> {
  const run = await findRun(ctx, id);
  await refuseLive(ctx, run);
  if (run.status === 'undone') throw new PreconditionError(`Run ${id} was undone already.`);
  const store = await ctx.state.store();
  const journal = new Journal(id, run.plan, store, ctx.io.clock, ctx.secrets.scrubber, ctx.io.listener);
  await journal.load();
  const parts = journal.parts();
  await refuseBuiltOn(ctx, run, parts);
  await requireKnownSteps(ctx, [], [], await journal.effects());
  const operator = await ctx.state.operator();
  const fleet = await ctx.fleet();
  const requests = parts.flatMap((part) => part.locks);
  const router = fleet.config.router?.host;
  // Nothing that users are sent to is taken away while the router cannot be told.
  const { locks, silent } = await lockReachable(requests, router === undefined ? [] : [router], {
    transport: ctx.hosts.transport,
    clock: ctx.io.clock,
    signal: ctx.signal,
    lease: fleet.timing,
    holder: { run: id, reason: `undo of ${run.plan.title}`, operator, since: journal.now() },
  });
  const begun = ctx.io.clock.now();
  const reaching = withoutHosts(ctx, silent);
  try {
    const effects = await journal.effects();
    const options: StepOptions<OperationContext> = {
      ctx: reaching,
      journal,
      withSignal: (signal) => reaching.withSignal(signal),
      handlers: ctx.stepTypes,
      signal: AbortSignal.any([ctx.signal, locks.lost]),
      fence: (host, lock) => locks.fence(host, lock),
    };
    const isSilent = (error: unknown): boolean => saysSilent(silent, error);
    const unasked = await askBeforeUndo(effects, options, isSilent);
    for (const host of new Set(requests.flatMap((lock) => (lock.optional ? [] : [lock.host]))))
      if (!silent.has(host)) await (await ctx.hosts.transport(host)).run({ argv: freeReserve() });
    await journal.emit({ type: 'run.started', runId: id, title: `Undo: ${run.plan.title}`, resumed: true, steps: [] });
    const outcome = await undoEffects(effects, options, { isSilent, unasked });
    const clean = outcome.left.length === 0;
    if (clean) await store.updateRun(id, { status: 'undone', endedAt: journal.now() });
    await journal.emit({
      type: 'run.ended',
      runId: id,
      status: clean ? 'undone' : 'failed',
      ms: ctx.io.clock.now() - begun,
    });
    if (clean) return { run: id, ...outcome };
    throw notUndone(id, outcome, silent);
  } finally {
    await locks.release();
  }
}

/** The error of an undo that left something, with the commands that bring its hosts back and undo the rest. */
function notUndone(id: string, outcome: UndoOutcome, silent: Silent): FanopsError {
  const hosts = [...silent.keys()];
  const reason = hosts.length > 0 ? `: ${hosts.join(', ')} cannot be reached` : '';
  return new FanopsError(`Not everything of run ${id} could be removed${reason}.`, {
    code: 'UNDO',
    where: hosts[0],
    hint: outcome.left.map((left) => `${left.title}: ${left.why}`).join('\n'),
    nextSteps: [...new Set([...silent.values()].flatMap(({ nextSteps }) => nextSteps)), `fanops runs undo ${id}`],
    data: { ...outcome },
  });
}
