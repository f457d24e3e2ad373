import type { z } from 'zod';
import { PreconditionError, UserError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { requireResumable } from '../drift/resume.js';
import { carryOut } from './carry-out.js';
import { findRun } from './find.js';
import { requireKnownSteps } from './known.js';
import { refuseLive } from './live.js';
import { operationNamed } from './operation-named.js';
import type { options, result } from './resume.schema.js';

export interface ResumeOptions {
  id: string;
  /** Steps to run again although it cannot be told whether they took effect. */
  rerun: string[];
  /** Steps to take as done. */
  assumeDone: string[];
}

/** What a resumed run comes to: the result of the operation that planned it. */
export type ResumeResult = z.output<typeof result>;

/** The task behind `runs resume`. */
export const runsResume = (
  ctx: OperationContext,
  { run, rerun, assumeDone }: z.output<typeof options>,
): Promise<ResumeResult> => resumeRun(ctx, { id: run, rerun, assumeDone });

/** Runs the stored plan on from where it stopped. */
export async function resumeRun(ctx: OperationContext, options: ResumeOptions): Promise<ResumeResult> {
  const run = await findRun(ctx, options.id);
  if (run.status === 'succeeded')
    throw new PreconditionError(`Run ${run.id} has succeeded: there is nothing to resume.`);
  if (run.status === 'undone') throw new PreconditionError(`Run ${run.id} was undone.`, { hint: 'Start it anew.' });
  await refuseLive(ctx, run);
  const store = await ctx.state.store();
  const steps = await store.steps(run.id);
  const known = new Set(steps.map((record) => record.step.id));
  for (const id of [...options.rerun, ...options.assumeDone]) {
    if (!known.has(id))
      throw new UserError(`Run ${run.id} has no step "${id}".`, { hint: `Steps: ${[...known].join(', ')}.` });
  }
  const operation = await operationNamed(run.plan.operation);
  const parts = await store.parts(run.id);
  await requireKnownSteps(ctx, [run.plan, ...parts], steps, await store.effects(run.id));
  const fleet = await ctx.fleet();
  if (run.plan.facts.fleetHash !== fleet.hash) {
    ctx.io.listener({
      type: 'notice',
      message: 'The fleet file changed since this run was planned; the stored plan goes on.',
    });
  }
  await requireResumable(ctx, run, parts, steps);
  // An operation gives what the catalog says of it.
  return carryOut(ctx, operation, run, {
    resumed: true,
    answers: { rerun: new Set(options.rerun), assumeDone: new Set(options.assumeDone) },
  }) as Promise<ResumeResult>;
}
