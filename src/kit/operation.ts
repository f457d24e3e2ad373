import type { Plan } from '../core/plan.js';
import type { RunRecord, StepRecord } from '../runs/store.js';
import type { OperationContext } from './context.js';

/** What every plan tells: resumes compare it, and `--dry-run` shows it. */
export interface PlanFacts {
  /** SHA-256 of the fleet file that it was planned with. */
  fleetHash: string;
  /** What the user is to know before it runs, line by line. */
  notes?: string[];
}

/** A finished run, as the operation's result is made of it. `F` are the facts of its plan. */
export interface FinishedRun<F extends object = object> {
  run: RunRecord;
  facts: F;
  steps: StepRecord[];
}

/**
 * A use case that changes something: it plans, the handlers of its steps carry the plan out, and it tells what came of
 * it.
 */
export interface Operation<O, F extends PlanFacts, R> {
  /** Stored in plans, so that a resume finds it. */
  readonly name: string;
  /** Reads facts and makes the plan; changes nothing. */
  plan(ctx: OperationContext, options: O): Promise<Plan<F>>;
  /** The typed result that `--json` prints. */
  result(ctx: OperationContext, finished: FinishedRun<F>): Promise<R>;
}

/** Options of what takes none. */
export type NoOptions = Record<string, never>;

/**
 * A use case that only looks. `T` is what a terminal has beside the options, such as streams: everybody else leaves it
 * out.
 */
export type Query<O, R, T = undefined> = (ctx: OperationContext, options: O, terminal?: T) => Promise<R>;

/** A use case that changes something at once, without a plan: one act, or one on runs, locks and books. */
export type Task<O, R, T = undefined> = Query<O, R, T>;

/** A use case that tells events until the signal of the context. */
export type Stream<O, E> = (ctx: OperationContext, options: O) => AsyncIterable<E>;
