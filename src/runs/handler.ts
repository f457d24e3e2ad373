import type { Action, CheckResult, Outputs, Step } from '../core/plan.js';
import { BugError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';

/** What a step may use while it looks or works. `C` is the context of the operations. */
export interface StepIo<C, I = JsonObject> {
  ctx: C;
  step: Step;
  input: I;
  /** Id of the run; in a dry run `dry-run`. */
  runId: string;
  /** Facts of the plan. */
  facts: JsonObject;
  /** Number that grows with each holder of a lock on a host; 0 when the run does not hold it, and in a dry run. */
  fence(host: string, lock: string): number;
  /** Outputs of a finished step of this run; of this step itself, what an earlier try noted. */
  outputs(stepId: string): Outputs | undefined;
  /** Tells the user what goes on or what is waited for. */
  progress(message: string): void;
  /** Passes on a line that a command printed. */
  line(text: string): void;
  /**
   * Journals that something is about to be made and how to unmake it; call the result once it is made.
   * Temporary things go at the end of the run, whatever its end.
   */
  willMake(inverse: Action, options?: { temporary?: boolean }): Promise<() => Promise<void>>;
  /** Keeps facts of this step for a later try, such as where a long-running operation stands. Its outputs take their place. */
  note(facts: Outputs): Promise<void>;
  /** Journals that what `willMake` announced with this inverse is gone: its step took it away itself. */
  unmade(inverse: Pick<Action, 'kind' | 'input'>): Promise<void>;
  /** Repeats a task for as long as the run goes on in this process; a name that is kept already is left as it is. A failure is told, not raised. */
  keep(name: string, everyMs: number, task: () => Promise<void>): void;
  /** Ends what \`keep\` repeats. */
  unkeep(name: string): void;
  /** Aborted when the user cancels, when the lock is lost, or when the run fails elsewhere. */
  signal: AbortSignal;
}

/** How steps of one kind are looked at and carried out. */
export interface StepHandler<C, I = JsonObject> {
  /** Looks at the world without changing it. Absent: unknown until run. */
  check?(io: StepIo<C, I>): Promise<CheckResult>;
  /** Brings it about. Its outputs are journalled and can be read by later steps. */
  apply(io: StepIo<C, I>): Promise<Outputs | void>;
  /** More steps, found out by running this one; they come right behind it. */
  expand?(io: StepIo<C, I>, outputs: Outputs): Promise<Step[]>;
  /** True when running it twice does no harm, so that it simply goes on after an interruption. A step with a check is repeatable. */
  repeatable?: boolean;
  /**
   * As an inverse: raises when a later run, of whichever clone, has built on what this would take away. All effects of a run are asked before
   * the first is unmade.
   */
  mayUndo?(io: StepIo<C, I>): Promise<void>;
  /** True when the world may have gone back since it was done: a resume looks again. Needs a check. */
  recheck?: boolean;
}

/** Handlers by the kind of their steps, inverses and guard actions included. */
export type Handlers<C> = Readonly<Record<string, StepHandler<C>>>;

/** Gives a handler its input type at the place where it is written; the journal keeps inputs as plain JSON. */
export function defineStep<C, I extends object>(handler: StepHandler<C, I>): StepHandler<C> {
  return handler as unknown as StepHandler<C>;
}

/** The handler of a kind of step. @throws BugError when there is none */
export function handlerOf<C>(handlers: Handlers<C>, kind: string) {
  const handler = handlers[kind];
  if (!handler) throw new BugError(`No handler for steps of kind "${kind}".`);
  return handler;
}
