import { isDiskFull } from '../../core/disk-full.js';
import { CancelledError, FanopsError, messageOf, type ErrorFacts } from '../../core/errors.js';
import { appendAudit } from '../../remote/audit.js';
import { keepReserve } from '../../remote/reserve.js';
import { executeSteps, type InterruptedAnswers } from '../../runs/executor.js';
import { Journal, labelOf, toErrorRecord } from '../../runs/journal.js';
import { RunLocks } from '../../runs/locks.js';
import type { LockRequest, Plan } from '../../core/plan.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { appCacheDir, pruneCopies } from '../../kit/app-cache.js';
import { writeEvidence } from './evidence.js';
import { observe, type Observed } from '../../kit/observed.js';
import { refuseOvertaken } from '../../kit/overtaken.js';
import { isOutdated, outdated, refuseStale } from './stale.js';

export interface CarryOutOptions {
  resumed: boolean;
  answers: InterruptedAnswers;
  /** Milliseconds to wait for a lock that somebody holds. Default 0. */
  lockWaitMs?: number;
  /** What the plan was made for; compared once the locks are held. */
  planned?: Observed;
  /** Writes the run into the store; called once the locks are held, so that a refused run leaves no trace. */
  register?: () => Promise<void>;
}

/**
 * Milliseconds for which a run that holds locks waits for those of a part of its plan, unless the user says how long.
 */
const PART_LOCK_MS = 10_000;

/** Locks, runs and releases; the run's end is journalled whatever it is. */
export async function carryOut<O, F extends PlanFacts, R>(
  ctx: OperationContext,
  operation: Operation<O, F, R>,
  run: RunRecord,
  options: CarryOutOptions,
): Promise<R> {
  const store = await ctx.state.store();
  const journal = new Journal(run.id, run.plan, store, ctx.io.clock, ctx.secrets.scrubber, ctx.io.listener);
  const operator = await ctx.state.operator();
  const parts = await store.parts(run.id);
  const locks = await RunLocks.acquire(
    [run.plan, ...parts].flatMap((part) => part.locks),
    {
      transport: ctx.hosts.transport,
      clock: ctx.io.clock,
      signal: ctx.signal,
      waitMs: options.lockWaitMs,
      lease: (await ctx.fleet()).timing,
      holder: { run: run.id, reason: run.plan.title, operator, since: journal.now() },
      onWait: (message) => ctx.io.listener({ type: 'notice', message }),
    },
  );
  const begun = ctx.io.clock.now();
  try {
    if (options.resumed) for (const plan of [run.plan, ...parts]) await refuseOvertaken(ctx, { ...run, plan });
    else {
      const found = await observe(ctx, run.plan);
      refuseStale(options.planned ?? {}, found.observed);
      Object.assign(run.plan.facts, found);
    }
  } catch (error) {
    await locks.release();
    throw error;
  }
  let registered = options.register === undefined;
  try {
    await options.register?.();
    registered = true;
    await store.updateRun(run.id, { status: 'running', operator });
    await journal.load();
    const labels = journal.steps().map(({ step }) => labelOf(step));
    await journal.emit({
      type: 'run.started',
      runId: run.id,
      title: run.plan.title,
      resumed: options.resumed,
      steps: labels,
    });
    await setRoomAside(
      ctx,
      journal.parts().flatMap((part) => part.locks.filter(({ optional }) => !optional)),
    );
    await audit(ctx, run, journal.parts(), options.resumed ? 'resumed' : 'started');
    await executeSteps({
      ctx,
      journal,
      withSignal: (signal) => ctx.withSignal(signal),
      handlers: ctx.stepTypes,
      signal: AbortSignal.any([ctx.signal, locks.lost]),
      fence: (host, lock) => locks.fence(host, lock),
      enter: async (part) => {
        await locks.add(part.locks, Math.max(options.lockWaitMs ?? 0, PART_LOCK_MS));
        const found = await observe(ctx, part);
        if (isOutdated(part, found.observed)) throw outdated(part.title);
        Object.assign(part.facts, found);
        await setRoomAside(ctx, part.locks);
        await audit(ctx, run, [part], 'started');
      },
      resumed: options.resumed,
      answers: options.answers,
    });
    await end('succeeded');
  } catch (error) {
    // Nothing has begun, and there is no run to resume or to undo.
    if (!registered) throw error;
    const cancelled = error instanceof CancelledError;
    await journal.attempt(() => store.updateRun(run.id, { error: toErrorRecord(error, ctx.secrets.scrubber) }));
    const evidence = cancelled ? undefined : await writeEvidence(ctx, journal, error);
    await journal.attempt(() => end(cancelled ? 'cancelled' : 'failed'));
    if (journal.unwritten) {
      ctx.io.listener({
        type: 'notice',
        message: `The journal of run ${run.id} stops before its end: ${journal.unwritten.message}`,
      });
    }
    throw withWayOut(error, run, evidence);
  } finally {
    for (const left of await locks.release()) ctx.io.listener({ type: 'notice', message: `not released: ${left}` });
  }
  await pruneCopies(appCacheDir(await ctx.state.dir())).catch((error: unknown) =>
    ctx.io.listener({
      type: 'notice',
      message: `the cache of apps was not cleared of old copies: ${messageOf(error)}`,
    }),
  );
  const finished = (await store.run(run.id)) ?? run;
  return operation.result(ctx, { run: finished, facts: run.plan.facts as unknown as F, steps: journal.steps() });

  async function end(status: 'succeeded' | 'failed' | 'cancelled'): Promise<void> {
    await audit(ctx, run, journal.parts(), status);
    await store.updateRun(run.id, { status, endedAt: journal.now() });
    await journal.emit({ type: 'run.ended', runId: run.id, status, ms: ctx.io.clock.now() - begun });
  }
}

/** Room for the way back, on every host that the plan locks. A step that cannot do without it says so. */
async function setRoomAside(ctx: OperationContext, requests: readonly LockRequest[]): Promise<void> {
  const setAside = async (host: string) =>
    (await ctx.hosts.transport(host)).run({ argv: keepReserve() }, { timeoutMs: 10_000 });
  await Promise.allSettled([...new Set(requests.map((lock) => lock.host))].map(setAside));
}

/**
 * One line for each host that a part of the plan locks, with the title of the first that does. A host that is gone does
 * not end the run.
 */
async function audit(ctx: OperationContext, run: RunRecord, parts: readonly Plan[], what: string): Promise<void> {
  const operator = await ctx.state.operator();
  const time = new Date(ctx.io.clock.now()).toISOString();
  const who = `${operator.name}@${operator.machine.split('/')[0]}`;
  const locks = parts.flatMap((part) => part.locks.map((lock) => ({ ...lock, title: part.title })));
  for (const host of new Set(locks.map((lock) => lock.host))) {
    const own = locks.filter((lock) => lock.host === host);
    try {
      const transport = await ctx.hosts.transport(host);
      const line = `${time} ${who} ${what} ${run.id} ${own[0]!.title}`;
      await transport.run({ argv: appendAudit(line) }, { timeoutMs: 10_000 });
    } catch (error) {
      // The run was to stop or to remove the host.
      if (own.every((lock) => lock.optional)) continue;
      ctx.io.listener({ type: 'notice', message: `no audit line on ${host}: ${messageOf(error)}` });
    }
  }
}

/** The same error, with the commands that resume and undo the run, and where its evidence lies. */
function withWayOut(error: unknown, run: RunRecord, evidence: string | undefined): unknown {
  if (!(error instanceof FanopsError)) return error;
  const nextSteps =
    error.code === 'INTERRUPTED'
      ? error.nextSteps
      : [...error.nextSteps, `fanops runs resume ${run.id}`, `fanops runs undo ${run.id}`];
  const facts: ErrorFacts = {
    hint: isDiskFull(error)
      ? [error.hint, 'Once there is space, the run goes on from where it stopped.'].filter(Boolean).join('\n')
      : error.hint,
    where: error.where,
    code: error.code,
    exitCode: error.exitCode,
    nextSteps,
    data: { ...error.data, run: run.id, evidence },
    cause: error,
  };
  const wrapped = new FanopsError(error.message, facts);
  wrapped.name = error.name;
  wrapped.stack = error.stack;
  return wrapped;
}
