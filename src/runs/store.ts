import type { Action, Plan, PlanPart, Outputs, Step } from '../core/plan.js';

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'undone';
type StepStatus = 'pending' | 'started' | 'done' | 'failed';

/** Who runs it, and which process: a resume on the same machine can tell whether that process is dead. */
export interface Operator {
  /** Login name, or what FANOPS_OPERATOR says. */
  name: string;
  machine: string;
  pid: number;
  /** Start time of the process as the system tells it, so that a reused pid is not taken for it. */
  startedAt: string;
}

export interface RunRecord {
  id: string;
  plan: Plan;
  status: RunStatus;
  operator: Operator;
  /** ISO times. */
  createdAt: string;
  endedAt?: string;
  error?: ErrorRecord;
}

/** An error as the journal keeps it, scrubbed of secrets. */
export interface ErrorRecord {
  message: string;
  code: string;
  exitCode: number;
  where?: string;
  hint?: string;
}

export interface StepRecord {
  runId: string;
  step: Step;
  /** The part of the plan that it belongs to; absent for what the run began with. */
  part?: string;
  position: number;
  status: StepStatus;
  attempts: number;
  /** True when its check found it done, so that nothing was applied. */
  unchanged: boolean;
  startedAt?: string;
  endedAt?: string;
  outputs?: Outputs;
  error?: ErrorRecord;
}

/** Something that a step set out to make, with the way to unmake it. */
export interface EffectRecord {
  runId: string;
  seq: number;
  stepId: string;
  /** What takes it away again. */
  inverse: Action;
  /** Temporary effects go at the end of the run; the others only with `runs undo`. */
  temporary: boolean;
  state: 'intended' | 'made' | 'undone';
}

/** A line of a run's history: what progress listeners were told. */
export interface EventRecord {
  seq: number;
  time: string;
  stepId?: string;
  type: string;
  message: string;
}

/** Where runs are journalled. Every write is on disk when its promise resolves. */
export interface RunStore {
  createRun(run: RunRecord): Promise<void>;
  updateRun(id: string, change: Partial<Pick<RunRecord, 'status' | 'endedAt' | 'error' | 'operator'>>): Promise<void>;
  run(id: string): Promise<RunRecord | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<RunRecord[]>;
  steps(runId: string): Promise<StepRecord[]>;
  saveStep(record: StepRecord): Promise<void>;
  /** Puts steps behind another one, moving the rest back. */
  insertSteps(runId: string, afterId: string, steps: Step[]): Promise<void>;
  /**
   * Keeps a part of the plan and puts its steps behind the one that expands into it, in one transaction; a part that is
   * kept already stays as it is.
   */
  addPart(runId: string, part: PlanPart): Promise<void>;
  /** In the order in which they were added. */
  parts(runId: string): Promise<PlanPart[]>;
  addEffect(effect: Omit<EffectRecord, 'seq'>): Promise<number>;
  setEffect(runId: string, seq: number, state: EffectRecord['state']): Promise<void>;
  effects(runId: string): Promise<EffectRecord[]>;
  addEvent(runId: string, event: Omit<EventRecord, 'seq'>): Promise<void>;
  events(runId: string): Promise<EventRecord[]>;
  close(): Promise<void>;
}
