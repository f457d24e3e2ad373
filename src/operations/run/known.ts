import type { Plan } from '../../core/plan.js';
import type { EffectRecord, StepRecord } from '../../runs/store.js';
import type { OperationContext } from '../../kit/context.js';

/**
 * Looks whether this fanops can carry out all of a stored run, the way back included, and loads it: what is met only
 * while it goes back must be there then.
 * @throws PreconditionError (code UNKNOWN_STEP) before anything is locked or changed
 */
export async function requireKnownSteps(
  ctx: OperationContext,
  plans: readonly Plan[],
  steps: readonly StepRecord[],
  effects: readonly EffectRecord[],
): Promise<void> {
  const kinds = [
    ...steps.map(({ step }) => step.kind),
    ...plans.flatMap(({ guards }) => guards.map(({ action }) => action.kind)),
    ...effects.map(({ inverse }) => inverse.kind),
  ];
  for (const kind of new Set(kinds)) await ctx.stepTypes(kind);
}
