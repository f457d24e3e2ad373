import { FanopsError } from '../core/errors.js';
import type { CheckResult } from '../core/plan.js';
import type { StepHandler } from '../core/step.js';
import type { OperationContext } from './context.js';

/** Codes of a host that does not answer yet. */
export const NOT_REACHED = ['UNREACHABLE', 'DEADLINE', 'LINK_LOST'];

/** Whether an error says that a host is not there, or does not answer. */
export const isNotReached = (error: unknown): boolean =>
  error instanceof FanopsError && ['NO_HOST', ...NOT_REACHED].includes(error.code);

/**
 * Until a host is there, nothing can be said of what is on it. `also`: further codes of what is yet to come about.
 * @throws anything else
 */
export function notThere(error: unknown, also: readonly string[] = []): CheckResult {
  if (error instanceof FanopsError && ['NO_HOST', ...NOT_REACHED, ...also].includes(error.code))
    return { state: 'unknown', reason: error.message.replace(/\.$/, '') };
  throw error;
}

/**
 * A handler whose look at a host that is not there, or has not yet what earlier steps bring (errors with the codes
 * `also`), is an unknown in a dry run.
 */
export function unknownUntilReached<I, O extends object>(
  handler: StepHandler<OperationContext, I, O>,
  also: readonly string[] = [],
): StepHandler<OperationContext, I, O> {
  const { check } = handler;
  if (!check) return handler;
  return {
    ...handler,
    async check(io, before) {
      try {
        return await check(io, before);
      } catch (error) {
        if (io.phase === 'look') return notThere(error, also);
        throw error;
      }
    },
  };
}
