import type { z } from 'zod';
import { UserError } from '../../core/errors.js';
import { isDeadHere } from '../../runs/operator.js';
import type { RunRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';
import { findRun } from './find.js';
import type { runRow } from './row.schema.js';
import type { runDetails, stepDetails } from './show.schema.js';

/** A run as it is listed. `interrupted`: it was going on when its process ended. */
export type RunRow = z.output<typeof runRow>;

async function toRow(ctx: OperationContext, run: RunRecord): Promise<RunRow> {
  const dead = run.status === 'running' && (await isDeadHere(run.operator, await ctx.state.operator()));
  return {
    id: run.id,
    title: run.plan.title,
    operation: run.plan.operation,
    subject: run.plan.subject,
    status: dead ? 'interrupted' : run.status,
    createdAt: run.createdAt,
    endedAt: run.endedAt,
    operator: run.operator.name,
    error: run.error?.message,
  };
}

/** The newest runs of this clone, as `runs list` shows them. */
export const runsList = async (ctx: OperationContext, { limit }: { limit: number }): Promise<{ runs: RunRow[] }> => ({
  runs: await listRuns(ctx, limit),
});

/** The newest runs of this clone. */
export async function listRuns(ctx: OperationContext, limit: number): Promise<RunRow[]> {
  const runs = await (await ctx.state.store()).runs(limit);
  return Promise.all(runs.map((run) => toRow(ctx, run)));
}

/**
 * Runs that were not brought to an end: going on, interrupted, failed or cancelled, and not superseded by a later run
 * on the same subject that
 * succeeded.
 */
export async function openRuns(ctx: OperationContext): Promise<RunRow[]> {
  const settled = new Set<string>();
  const open: RunRow[] = [];
  for (const row of await listRuns(ctx, 50)) {
    if (row.status === 'succeeded' || row.status === 'undone') settled.add(row.subject);
    else if (!settled.has(row.subject)) open.push(row);
  }
  return open;
}

export type RunDetails = z.output<typeof runDetails>;

/** A run, or one step of it in full. */
export const runsShow = (
  ctx: OperationContext,
  { run, step }: { run: string; step?: string },
): Promise<RunDetails | StepDetails> => (step === undefined ? showRun(ctx, run) : showStep(ctx, run, step));

/** One run with its steps, what it left, and its history. */
export async function showRun(ctx: OperationContext, id: string): Promise<RunDetails> {
  const store = await ctx.state.store();
  const run = await findRun(ctx, id);
  const steps = (await store.steps(id)).map(
    ({ step, status, attempts, unchanged, startedAt, endedAt, error, outputs }) => ({
      id: step.id,
      title: step.title,
      host: step.host,
      status,
      attempts,
      unchanged,
      startedAt,
      endedAt,
      error,
      detail: typeof outputs?.detail === 'string' ? outputs.detail : undefined,
    }),
  );
  const effects = (await store.effects(id))
    .filter((effect) => effect.state !== 'undone')
    .map((effect) => ({ title: effect.inverse.title, state: effect.state, temporary: effect.temporary }));
  const events = (await store.events(id)).map(({ time, stepId, type, message }) => ({
    time,
    step: stepId,
    type,
    message,
  }));
  return { run: await toRow(ctx, run), steps, effects, events };
}

export type StepDetails = z.output<typeof stepDetails>;

/**
 * One step of a run in full: what it was given, what it found, and all that it told. @throws UserError that names the
 * steps that exist.
 */
export async function showStep(ctx: OperationContext, id: string, stepId: string): Promise<StepDetails> {
  const { run, steps, events } = await showRun(ctx, id);
  const step = steps.find((each) => each.id === stepId);
  const record = (await (await ctx.state.store()).steps(id)).find((each) => each.step.id === stepId);
  if (!step || !record)
    throw new UserError(`Run ${id} has no step "${stepId}".`, {
      hint: `Steps: ${steps.map((each) => each.id).join(', ')}.`,
    });
  const {
    step: { kind, input },
    outputs,
  } = record;
  return { run, step: { ...step, kind, input, outputs }, events: events.filter((event) => event.step === stepId) };
}
