import type { z } from 'zod';
import { randomInt } from 'node:crypto';
import { ExitCode } from '../../core/exit-codes.js';
import { asStored, type Plan } from '../../core/plan.js';
import { lookAhead } from '../../runs/look-ahead.js';
import type { OperationContext } from '../../kit/context.js';
import type { Operation, PlanFacts } from '../../kit/operation.js';
import { carryOut, type CarryOutOptions } from './carry-out.js';
import { observe, type Observed } from '../../kit/observed.js';
import { isOutdated, isStale, outdated } from './stale.js';
import type { result } from './dry-run.schema.js';

/** An id that sorts by time: `20261121-014859-k3x9q`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const letters = '23456789abcdefghjkmnpqrstuvwxyz';
  const tail = Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  return `${stamp}-${tail}`;
}

/** What `--dry-run` prints. `changes` counts the steps that would change something or cannot tell. */
export type DryRunResult = z.output<typeof result>;

/** Looks at each step of a plan without changing anything. */
export async function dryRun(ctx: OperationContext, plan: Plan<object>): Promise<DryRunResult> {
  const steps = await lookAhead(plan, ctx.stepTypes, ctx, ctx.signal);
  return {
    dryRun: true,
    title: plan.title,
    steps,
    changes: steps.filter((step) => step.check.state !== 'done').length,
  };
}

/** Journals a new run of a plan and carries it out. */
export async function startRun<O, F extends PlanFacts, R>(
  ctx: OperationContext,
  operation: Operation<O, F, R>,
  plan: Plan<F>,
  options: Pick<CarryOutOptions, 'lockWaitMs' | 'planned'> = {},
): Promise<R> {
  const store = await ctx.state.store();
  const now = new Date(ctx.io.clock.now());
  const run = {
    id: newRunId(now),
    plan: asStored(plan),
    status: 'running' as const,
    operator: await ctx.state.operator(),
    createdAt: now.toISOString(),
  };
  return (await carryOut(ctx, operation, run, {
    ...options,
    resumed: false,
    answers: { rerun: new Set(), assumeDone: new Set() },
    register: () => store.createRun(run),
  })) as R;
}

/** Plans that are made anew since somebody else was quicker, before it is given up. */
const REPLANS = 3;

/** A plan, and what it was made for. */
export interface Planned<F extends PlanFacts = PlanFacts> {
  plan: Plan<F>;
  observed: Observed;
}

/** Makes a plan, and remembers what it was made for. */
export async function planned<O, F extends PlanFacts, R>(
  ctx: OperationContext,
  operation: Operation<O, F, R>,
  options: O,
): Promise<Planned<F>> {
  for (let left = REPLANS; ; left -= 1) {
    const plan = await operation.plan(ctx, options);
    const { observed } = await observe(ctx, asStored(plan));
    if (!isOutdated(asStored(plan), observed)) return { plan, observed };
    if (left === 0) throw outdated(plan.title);
  }
}

/**
 * Carries a plan out. Where somebody else was at work since it was made, as while it waited for a lock, it is made
 * anew; one that a person
 * has confirmed (`confirmed`) is not.
 * @throws PreconditionError (code CHANGED) when it does not fit any more
 */
export async function runPlanned<O, F extends PlanFacts, R>(
  ctx: OperationContext,
  operation: Operation<O, F, R>,
  options: O,
  first: Planned<F>,
  { lockWaitMs, confirmed }: { lockWaitMs?: number; confirmed: boolean },
): Promise<R> {
  let now = first;
  for (let left = confirmed ? 0 : REPLANS; ; left -= 1) {
    try {
      return await startRun(ctx, operation, now.plan, { lockWaitMs, planned: now.observed });
    } catch (error) {
      if (left === 0 || !isStale(error)) throw error;
      ctx.io.listener({ type: 'notice', message: `${error.message} It is planned anew.` });
      now = await planned(ctx, operation, options);
    }
  }
}

/** Exit code for a dry run under `--exit-code`. */
export const dryRunExitCode = (result: DryRunResult): ExitCode => (result.changes > 0 ? ExitCode.partial : ExitCode.ok);
