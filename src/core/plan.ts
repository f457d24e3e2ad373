import type { Json, JsonObject } from './json.js';

declare const typed: unique symbol;

/** Only a `StepType` makes it, so that its input fits its handler. It is no property: plans are plain data. */
interface Typed {
  readonly [typed]: true;
}

/** One unit of a plan. Plain data: a plan is stored and run again from the store. */
export interface Step extends Typed {
  /** Stable and unique in the plan, e.g. `deploy/install`. A child of a step is `id/child`. */
  id: string;
  /** Names the handler that carries the step out. */
  kind: string;
  /** What a person reads while it runs. */
  title: string;
  /** Host of the fleet that it works on, for display and evidence. */
  host?: string;
  input: JsonObject;
  /** Steps of one block stand behind each other in the plan; its lanes run at once, the steps of a lane in order. */
  parallel?: { block: string; lane: string };
}

/**
 * What to do at once when a step of a range fails or is cancelled: the way back to safety.
 * Active from the start of step `from` until the end of step `until`.
 */
export interface Guard {
  from: string;
  until: string;
  action: Action;
}

/** Something to do, as data: carried out by the handler of that kind. */
export interface Action extends Typed {
  kind: string;
  title: string;
  input: JsonObject;
}

/** A serialisable list of steps and all that is needed to carry it out later. `F` are its facts. */
export interface Plan<F extends object = JsonObject> {
  /** Name of the operation that made it and tells what came of it, e.g. `migrate`. */
  operation: string;
  /** What it acts on, e.g. the service `m1`. */
  subject: string;
  title: string;
  steps: Step[];
  guards: Guard[];
  /** What must be locked while it runs. */
  locks: LockRequest[];
  /** SHA-256 over fleet file, source and fanops version, so that a resume can say what changed since. */
  fingerprint: string;
  /** Facts for the result, e.g. `{from: 'azure', to: 'vm'}`. */
  facts: F;
}

/**
 * A plan that a step of another one expands into. Its steps, guards and outputs know each other by their own ids, which
 * begin with its id in the journal.
 */
export interface PlanPart<F extends object = JsonObject> extends Plan<F> {
  /** The step that expands into it. */
  id: string;
}

/** A lock on one host, named after what it protects. */
export interface LockRequest {
  host: string;
  name: string;
  /** Taken where the host answers; one that is off, or broken, does not keep the run from its work. */
  optional?: true;
}

/** What a look before applying tells: a step is done, would change something, or cannot know before it runs. */
export type CheckResult =
  { state: 'done'; detail?: string } | { state: 'change'; changes: string[] } | { state: 'unknown'; reason: string };

/** What a step was given and found, in `--dry-run` output. */
export interface PlannedStep {
  id: string;
  title: string;
  host?: string;
  check: CheckResult;
}

/** A guard is active while the first step of its range has started and its last has not ended. */
export function activeGuards(
  plan: Pick<Plan, 'guards'>,
  started: (id: string) => boolean,
  ended: (id: string) => boolean,
): Guard[] {
  return plan.guards.filter((guard) => started(guard.from) && !ended(guard.until));
}

/** Outputs of a step: JSON, kept in the journal. */
export type Outputs = Record<string, Json>;

/** A plan as the journal keeps it: its facts are JSON, whoever knows more of them. */
export const asStored = (plan: Plan<object>): Plan => plan as Plan;

/** A part with the ids that its steps have in the journal: behind the id of the part. */
export function withIds(part: PlanPart): PlanPart {
  const within = (id: string): string => `${part.id}/${id}`;
  return {
    ...part,
    steps: part.steps.map(({ parallel, ...step }) => ({
      ...step,
      id: within(step.id),
      ...(parallel && { parallel: { ...parallel, block: within(parallel.block) } }),
    })),
    guards: part.guards.map((guard) => ({ ...guard, from: within(guard.from), until: within(guard.until) })),
  };
}
