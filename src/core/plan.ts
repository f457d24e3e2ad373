import type { Json, JsonObject } from './json.js';

/** One unit of a plan. Plain data: a plan is stored and run again from the store. */
export interface Step {
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
export interface Action {
  kind: string;
  title: string;
  input: JsonObject;
}

/** A serialisable list of steps and all that is needed to carry it out later. */
export interface Plan {
  /** Name of the operation whose handlers carry the steps out, e.g. `migrate`. */
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
  /** Facts for the result and for hooks, e.g. `{from: 'azure', to: 'vm'}`. */
  facts: JsonObject;
}

/** A lock on one host, named after what it protects. */
export interface LockRequest {
  host: string;
  name: string;
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
export function activeGuards(plan: Plan, started: (id: string) => boolean, ended: (id: string) => boolean): Guard[] {
  return plan.guards.filter((guard) => started(guard.from) && !ended(guard.until));
}

/** Outputs of a step: JSON, kept in the journal. */
export type Outputs = Record<string, Json>;
