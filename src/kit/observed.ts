import { messageOf } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { Plan } from '../core/plan.js';
import type { OperationContext } from './context.js';
import { thingsOf } from './observed-things.js';

/**
 * What a run found before it changed anything, by the thing: the route of a service, the record of what runs on a host,
 * or of where a service without a route is placed, the settings of the router, a machine. Null for what was not there.
 * Kept with the plan, so that a resume and an undo can tell what came after the run without comparing clocks.
 */
export type Observed = Record<string, JsonObject | null>;

/** What a run could not look at before it changed anything, by the same keys, and why. */
export type Unobserved = Record<string, string>;

/**
 * What is there now of all that a plan is about; under its locks. What does not answer is told as such: the step that
 * needs it fails by itself.
 */
export async function observe(
  ctx: OperationContext,
  plan: Plan,
): Promise<{ observed: Observed; unobserved?: Unobserved }> {
  const [observed, unobserved]: [Observed, Unobserved] = [{}, {}];
  for (const thing of await thingsOf(ctx, plan)) {
    try {
      observed[thing.key] = await thing.read(ctx);
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      unobserved[thing.key] = ctx.secrets.scrubber.scrub(messageOf(error));
    }
  }
  return Object.keys(unobserved).length > 0 ? { observed, unobserved } : { observed };
}

/**
 * What a run saw of a thing before it changed anything; undefined when it did not look, as runs of earlier versions, or
 * could not.
 */
export const observedBy = (facts: JsonObject, key: string): JsonObject | null | undefined =>
  (facts.observed as Observed | undefined)?.[key];

/** Why a run could not look at a thing before it changed anything; undefined when it could, or did not try. */
export const unobservedBy = (facts: JsonObject, key: string): string | undefined =>
  (facts.unobserved as Unobserved | undefined)?.[key];
