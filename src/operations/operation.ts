import type { Plan } from '../core/plan.js';
import type { Handlers } from '../runs/handler.js';
import type { RunRecord, StepRecord } from '../runs/store.js';
import type { OperationContext } from './context.js';

/** A finished run, as the operation's result is made of it. */
export interface FinishedRun {
  run: RunRecord;
  steps: StepRecord[];
}

/** A use case that changes something: it plans, its handlers carry the plan out, and it tells what came of it. */
export interface Operation<O, R> {
  /** Stored in plans, so that a resume finds the handlers. */
  readonly name: string;
  /** Reads facts and makes the plan; changes nothing. */
  plan(ctx: OperationContext, options: O): Promise<Plan>;
  readonly handlers: Handlers<OperationContext>;
  /** The typed result that `--json` prints. */
  result(ctx: OperationContext, finished: FinishedRun): Promise<R>;
}
