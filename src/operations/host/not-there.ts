import { FanopsError } from '../../core/errors.js';
import type { CheckResult } from '../../core/plan.js';
import type { StepHandler } from '../../runs/handler.js';
import type { OperationContext } from '../context.js';

/** Codes of a host that does not answer yet. */
export const NOT_REACHED = ['UNREACHABLE', 'DEADLINE', 'LINK_LOST'];

/** Until a host is there, nothing can be said of what is on it. @throws anything else */
export function notThere(error: unknown): CheckResult {
  if (error instanceof FanopsError && ['NO_HOST', ...NOT_REACHED].includes(error.code)) return { state: 'unknown', reason: error.message.replace(/\.$/, '') };
  throw error;
}

/** A handler whose look at a host that is not there is, in a dry run, an unknown. */
export function onceThere(handler: StepHandler<OperationContext>): StepHandler<OperationContext> {
  const { check } = handler;
  if (!check) return handler;
  return {
    ...handler,
    async check(io) {
      try {
        return await check(io);
      } catch (error) {
        if (io.runId === 'dry-run') return notThere(error);
        throw error;
      }
    },
  };
}
