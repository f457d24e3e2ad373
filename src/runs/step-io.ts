import type { JsonObject } from '../core/json.js';
import type { RunEvent } from '../core/events.js';
import type { Action, Outputs } from '../core/plan.js';
import type { Phase, StepHandlers, StepIo } from '../core/step.js';
import type { Keeper } from './keeper.js';
import type { Journal } from './journal.js';
import type { StepRecord } from './store.js';

/** What the steps of a run get from outside. */
export interface StepOptions<C> {
  ctx: C;
  /** The same context under another signal: the way back must go on when the user has cancelled. */
  withSignal(signal: AbortSignal): C;
  journal: Journal;
  handlers: StepHandlers<C>;
  signal: AbortSignal;
  fence(host: string, lock: string): number;
}

/** Milliseconds that one action of the way back may take. */
const RECOVERY_MS = 180_000;

export interface Running<C> extends StepOptions<C> {
  keeper: Keeper;
}

/**
 * @param belongsTo the step whose part of the plan it belongs to: itself, or the one that an inverse or a guard is of
 */
export function stepIo<C>(
  { step, outputs }: Pick<StepRecord, 'step' | 'outputs'>,
  options: Running<C>,
  phase: Phase,
  belongsTo = step.id,
): StepIo<C, never> {
  const { journal, ctx, signal } = options;
  const tell = (event: RunEvent): void => void journal.emit(event);
  return {
    ctx,
    step,
    signal,
    phase,
    input: step.input as never,
    before: outputs,
    runId: journal.runId,
    facts: journal.partOf(belongsTo).facts as JsonObject,
    fence: options.fence,
    outputs: (id) => journal.outputsBeside(belongsTo, id),
    progress: (message) => tell({ type: 'step.progress', id: step.id, message }),
    line: (line) => tell({ type: 'step.output', id: step.id, line }),
    keep: (name, everyMs, task) => options.keeper.keep(name, everyMs, task),
    unkeep: (name) => options.keeper.end(name),
    note: (facts) => journal.noted(step.id, facts),
    willMake: (inverse, how) => journal.intend(step.id, inverse, how?.temporary ?? false),
    unmade: (inverse) => journal.unmade(inverse),
  };
}

/** An inverse or a guard's action as a step that is not part of the plan. */
export const asStep = (action: Action): Pick<StepRecord, 'step'> => ({
  step: { id: `recovery:${action.kind}`, ...action },
});

/** Carries out an inverse or a guard's action of a part of the plan. */
export async function perform<C>(
  action: Action,
  options: Running<C>,
  phase: Phase,
  belongsTo: string,
): Promise<Outputs | undefined> {
  const { journal, handlers } = options;
  await journal.emit({ type: 'recovery.started', title: action.title });
  const signal = AbortSignal.timeout(RECOVERY_MS);
  const io = stepIo(asStep(action), { ...options, ctx: options.withSignal(signal), signal }, phase, belongsTo);
  const silent = {
    ...io,
    progress: () => undefined,
    willMake: async () => async () => undefined,
    unmade: async () => undefined,
    note: async () => undefined,
  };
  const outputs = (await (await handlers(action.kind)).apply(silent)) ?? undefined;
  await journal.emit({ type: 'recovery.done', title: action.title });
  return outputs as Outputs | undefined;
}
