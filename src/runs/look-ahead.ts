import type { JsonObject } from '../core/json.js';
import type { Plan, PlannedStep } from '../core/plan.js';
import type { LookIo, StepHandlers } from '../core/step.js';

/** What each step would do now, without changing anything. */
export async function lookAhead<C>(
  plan: Pick<Plan<object>, 'steps' | 'facts'>,
  handlers: StepHandlers<C>,
  ctx: C,
  signal: AbortSignal,
): Promise<PlannedStep[]> {
  const planned: PlannedStep[] = [];
  for (const step of plan.steps) {
    const io: LookIo<C, never> = {
      ctx,
      step,
      signal,
      phase: 'look',
      input: step.input as never,
      facts: plan.facts as JsonObject,
      outputs: () => undefined,
      line: () => undefined,
    };
    const handler = await handlers(step.kind);
    const check = (await handler.check?.(io, undefined)) ?? {
      state: 'unknown' as const,
      reason: 'known when it runs',
    };
    planned.push({ id: step.id, title: step.title, host: step.host, check });
  }
  return planned;
}
