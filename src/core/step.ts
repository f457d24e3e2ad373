import type { JsonObject } from './json.js';
import type { Action, CheckResult, Outputs, PlanPart, Step } from './plan.js';

/**
 * Why a handler is called: `look` in a dry run, which changes nothing; `apply` as a step of a run; `recover` on the way
 * back after a failure and to
 * remove what was temporary; `undo` when a user unmakes a run.
 */
export type Phase = 'look' | 'apply' | 'recover' | 'undo';

/** Whether a phase goes back: it takes what room and time it needs, and writes nothing that it can do without. */
export const isWayBack = ({ phase }: { phase: Phase }): boolean => phase === 'recover' || phase === 'undo';

/** What a look at the world may use. `C` is the context of the operations, `I` the step's input. */
export interface LookIo<C, I = JsonObject> {
  ctx: C;
  step: Step;
  input: I;
  phase: Phase;
  /** Facts of the part of the plan that the step belongs to. */
  facts: JsonObject;
  /** Outputs of a finished step of the same part. */
  outputs(stepId: string): Outputs | undefined;
  /** Passes on a line that a command printed. */
  line(text: string): void;
  /** Aborted when the user cancels, when the lock is lost, or when the run fails elsewhere. */
  signal: AbortSignal;
}

/** What a question before an undo may use. */
export interface UndoIo<C, I = JsonObject> extends LookIo<C, I> {
  runId: string;
}

/** What a step may use while it works. */
export interface StepIo<C, I = JsonObject> extends UndoIo<C, I> {
  /** Number that grows with each holder of a lock on a host; 0 when the run does not hold it. */
  fence(host: string, lock: string): number;
  /** What an earlier try of this step noted, or gave before the world went back. */
  before: Outputs | undefined;
  /** Tells the user what goes on or what is waited for. */
  progress(message: string): void;
  /**
   * Journals that something is about to be made and how to unmake it; call the result once it is made.
   * Temporary things go at the end of the run, whatever its end.
   */
  willMake(inverse: Action, options?: { temporary?: boolean }): Promise<() => Promise<void>>;
  /**
   * Keeps facts of this step for a later try, such as where a long-running operation stands. Its outputs take their
   * place.
   */
  note(facts: Outputs): Promise<void>;
  /** Journals that what `willMake` announced with this inverse is gone: its step took it away itself. */
  unmade(inverse: Pick<Action, 'kind' | 'input'>): Promise<void>;
  /**
   * Repeats a task for as long as the run goes on in this process; a name that is kept already is left as it is. A
   * failure is told, not raised.
   */
  keep(name: string, everyMs: number, task: () => Promise<void>): void;
  /** Ends what `keep` repeats. */
  unkeep(name: string): void;
}

/** How steps of one kind are looked at and carried out. `I` is their input, `O` what they give. */
export interface StepHandler<C, I = JsonObject, O extends object = Outputs> {
  /**
   * Looks at the world without changing it. Absent: unknown until run.
   * @param before what an earlier try of this step gave or noted: what it did, a later step of the run may have changed
   * by intent
   */
  check?(io: LookIo<C, I>, before: Partial<O> | undefined): Promise<CheckResult>;
  /** Brings it about. Its outputs are journalled and can be read by later steps. */
  apply(io: StepIo<C, I>): Promise<O | void>;
  /** More steps, or a whole part of a plan, found out by running this one; they come right behind it. */
  expand?(io: StepIo<C, I>, outputs: O): Promise<Step[] | PlanPart>;
  /**
   * True when running it twice does no harm, so that it simply goes on after an interruption. A step with a check is
   * repeatable.
   */
  repeatable?: boolean;
  /**
   * As an inverse: raises when a later run, of whichever clone, has built on what this would take away. All effects of
   * a run are asked before
   * the first is unmade.
   */
  mayUndo?(io: UndoIo<C, I>): Promise<void>;
  /** True when the world may have gone back since it was done: a resume looks again. Needs a check. */
  recheck?: boolean;
  /** True when what it is about on its host may be gone afterwards: a record, a route, a machine. */
  removes?: boolean;
}

/** A handler whose input and outputs are known to itself only. */
export type AnyStepHandler<C> = StepHandler<C, never, object>;

/** A record of a step, as the journal has it. */
interface Recorded {
  step: Step;
  outputs?: Outputs;
}

/** A record of a step of one type. */
type RecordOf<R extends Recorded, I, O> = Omit<R, 'step' | 'outputs'> & {
  step: Omit<Step, 'input'> & { input: I };
  outputs?: Partial<O>;
};

/** Ties what a kind of step is given, what it gives, how it is carried out and how it is written as an inverse. */
export interface StepType<C, I extends object, O extends object = StepDetail> {
  readonly kind: string;
  readonly handler: StepHandler<C, I, O>;
  /** A step of a plan. */
  step(id: string, title: string, input: I, more?: Pick<Step, 'host' | 'parallel'>): Step;
  /** Something to do on the way back, or to unmake what a step made. */
  inverse(title: string, input: I): Action;
  /** Those of a run's records that are of this type. */
  of<R extends Recorded>(records: readonly R[]): RecordOf<R, I, O>[];
}

/** A type of step whose input and outputs are known to itself only. */
export interface AnyStepType<C> {
  readonly kind: string;
  readonly handler: AnyStepHandler<C>;
}

/** What the user reads once a step is done. */
export type StepDetail = { detail?: string };

/** Finds the handler of a kind of step. @throws BugError when there is none */
export type StepHandlers<C> = (kind: string) => Promise<AnyStepHandler<C>>;

/** Plain data as the journal keeps it: absent values are left out. */
const toInput = (input: object): JsonObject => JSON.parse(JSON.stringify(input)) as JsonObject;

/** Makes a type of step. `kind` is stored in plans: a later version must know it still. */
export function defineStep<C, I extends object, O extends object = StepDetail>(
  kind: string,
  handler: StepHandler<C, I, O>,
): StepType<C, I, O> {
  return {
    kind,
    handler,
    step: (id, title, input, more = {}) => ({ id, kind, title, ...more, input: toInput(input) }) as Step,
    inverse: (title, input) => ({ kind, title, input: toInput(input) }) as Action,
    of: <R extends Recorded>(records: readonly R[]) =>
      records.filter(({ step }) => step.kind === kind) as unknown as RecordOf<R, I, O>[],
  };
}
