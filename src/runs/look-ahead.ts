import { BugError } from '../core/errors.js';
import type { Plan, PlannedStep } from '../core/plan.js';
import { handlerOf, type Handlers, type StepIo } from './handler.js';

/** What each step would do now, without changing anything. */
export async function lookAhead<C>(
  plan: Plan,
  handlers: Handlers<C>,
  ctx: C,
  signal: AbortSignal,
): Promise<PlannedStep[]> {
  const planned: PlannedStep[] = [];
  for (const step of plan.steps) {
    const io: StepIo<C> = {
      ctx,
      step,
      signal,
      input: step.input,
      runId: 'dry-run',
      facts: plan.facts,
      fence: () => 0,
      outputs: () => undefined,
      progress: () => undefined,
      line: () => undefined,
      keep: () => undefined,
      unkeep: () => undefined,
      unmade: async () => undefined,
      note: async () => undefined,
      willMake: () => {
        throw new BugError(`The check of step ${step.id} tried to make something.`);
      },
    };
    const check = (await handlerOf(handlers, step.kind).check?.(io)) ?? {
      state: 'unknown' as const,
      reason: 'known when it runs',
    };
    planned.push({ id: step.id, title: step.title, host: step.host, check });
  }
  return planned;
}
