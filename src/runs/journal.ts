import type { Action, Outputs, Plan, PlanPart, Step } from '../core/plan.js';
import type { Scrubber } from '../core/secret.js';
import type { RunEvent, RunListener, StepLabel } from '../core/events.js';
import { isDiskFull } from '../core/disk-full.js';
import { BugError, FanopsError, messageOf } from '../core/errors.js';
import type { Clock } from '../core/clock.js';
import type { EffectRecord, ErrorRecord, RunStore, StepRecord } from './store.js';

/** An error as the journal keeps it. */
export function toErrorRecord(error: unknown, scrubber: Scrubber): ErrorRecord {
  const known = error instanceof FanopsError ? error : new BugError(messageOf(error));
  return scrubber.scrubJson({
    message: known.message,
    code: known.code,
    exitCode: known.exitCode,
    where: known.where,
    hint: known.hint,
  });
}

/**
 * The history of one run: every change of a step is on disk before and after it happens, else the step does not begin.
 * What only tells how a run
 * ended, went back or what it printed is kept where there is space for it: the way back must be gone on a full disk
 * too.
 */
export class Journal {
  readonly #records = new Map<string, StepRecord>();
  readonly #parts = new Map<string, PlanPart>();
  #unwritten?: Error;
  #adding: Promise<void> = Promise.resolve();

  constructor(
    readonly runId: string,
    readonly plan: Plan,
    private readonly store: RunStore,
    private readonly clock: Clock,
    private readonly scrubber: Scrubber,
    private readonly listener: RunListener,
  ) {}

  /** Reads what the store knows of the run's steps. */
  async load(): Promise<void> {
    this.#records.clear();
    await this.#takeUp();
  }

  /**
   * Takes up what was added. Of a step that is known only its place is read: another lane may be about to write how it
   * stands.
   */
  async #takeUp(): Promise<void> {
    for (const record of await this.store.steps(this.runId)) {
      const known = this.#records.get(record.step.id);
      if (known) known.position = record.position;
      else this.#records.set(record.step.id, record);
    }
    for (const part of await this.store.parts(this.runId))
      if (!this.#parts.has(part.id)) this.#parts.set(part.id, part);
  }

  /** Lanes that add steps do so one after the other: each moves those of the others. */
  #inTurn(add: () => Promise<void>): Promise<void> {
    const turn = this.#adding.then(async () => {
      await add();
      await this.#takeUp();
    });
    this.#adding = turn.catch(() => undefined);
    return turn;
  }

  /**
   * What the run began with, then the parts that its steps expanded into, oldest first; the ids in their guards are
   * those of the journal.
   */
  parts(): Plan[] {
    return [this.plan, ...this.#parts.values()];
  }

  /** Whether a step has expanded into a part of the plan already. */
  hasPart(stepId: string): boolean {
    return this.#parts.has(stepId);
  }

  /** Whether a step has expanded, into a part of the plan or into further steps. */
  hasChildren(stepId: string): boolean {
    return this.hasPart(stepId) || [...this.#records.keys()].some((id) => id.startsWith(`${stepId}/`));
  }

  /** The part of the plan that a step belongs to. */
  partOf(stepId: string): Plan {
    return this.#parts.get(this.#records.get(stepId)?.part ?? '') ?? this.plan;
  }

  /** Outputs of a step by the id that it has in the part of another one. */
  outputsBeside(stepId: string, id: string): Outputs | undefined {
    const part = this.#records.get(stepId)?.part;
    return this.outputs(part === undefined ? id : `${part}/${id}`);
  }

  /** Steps in the order in which they run. */
  steps(): StepRecord[] {
    return [...this.#records.values()].sort((a, b) => a.position - b.position);
  }

  step(id: string): StepRecord {
    const record = this.#records.get(id);
    if (!record) throw new BugError(`Run ${this.runId} has no step "${id}".`);
    return record;
  }

  outputs(id: string): Outputs | undefined {
    return this.#records.get(id)?.outputs;
  }

  now(): string {
    return new Date(this.clock.now()).toISOString();
  }

  /**
   * Why the end of this run is not in the store, when the disk is full; what it has is what a killed process leaves: a
   * resume goes on from it.
   */
  get unwritten(): Error | undefined {
    return this.#unwritten;
  }

  /** Writes what the run can go its way back without. */
  async attempt(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#unwritten ??= error as Error;
    }
  }

  async started(id: string): Promise<void> {
    const record = this.step(id);
    Object.assign(record, {
      status: 'started',
      attempts: record.attempts + 1,
      startedAt: this.now(),
      endedAt: undefined,
      error: undefined,
    });
    await this.store.saveStep(record);
    await this.emit({ type: 'step.started', id, title: record.step.title, host: record.step.host });
  }

  async done(id: string, outputs: Outputs | undefined, unchanged: boolean, detail?: string): Promise<void> {
    const record = this.step(id);
    const kept = outputs ? this.scrubber.scrubJson(outputs) : record.outputs;
    Object.assign(record, { status: 'done', endedAt: this.now(), outputs: kept, unchanged });
    await this.store.saveStep(record);
    await this.emit({ type: 'step.done', id, unchanged, ms: this.#elapsed(record), detail });
  }

  async failed(id: string, error: unknown): Promise<void> {
    const record = this.step(id);
    Object.assign(record, { status: 'failed', endedAt: this.now(), error: toErrorRecord(error, this.scrubber) });
    await this.attempt(() => this.store.saveStep(record));
    await this.emit({ type: 'step.failed', id, ms: this.#elapsed(record), message: messageOf(error) });
  }

  /** Facts that a later try of a step needs. */
  async noted(id: string, facts: Outputs): Promise<void> {
    const record = this.step(id);
    Object.assign(record, { outputs: this.scrubber.scrubJson(facts) });
    await this.store.saveStep(record);
  }

  /** A step that was done must run again: the world went back since. */
  async reopened(id: string): Promise<void> {
    const record = this.step(id);
    Object.assign(record, { status: 'pending', endedAt: undefined });
    await this.store.saveStep(record);
  }

  async added(after: string, steps: Step[]): Promise<void> {
    await this.#inTurn(() => this.store.insertSteps(this.runId, after, steps));
    await this.emit({ type: 'steps.added', after, steps: steps.map(labelOf) });
  }

  /** A part of the plan, with the ids that its steps have in the journal. */
  async expanded(part: PlanPart): Promise<void> {
    await this.#inTurn(() => this.store.addPart(this.runId, part));
    await this.emit({ type: 'steps.added', after: part.id, steps: part.steps.map(labelOf) });
  }

  async intend(stepId: string, inverse: Action, temporary: boolean): Promise<() => Promise<void>> {
    const known = (await this.store.effects(this.runId)).find(
      (effect) => effect.state !== 'undone' && JSON.stringify(effect.inverse) === JSON.stringify(inverse),
    );
    const seq =
      known?.seq ?? (await this.store.addEffect({ runId: this.runId, stepId, inverse, temporary, state: 'intended' }));
    return () => this.store.setEffect(this.runId, seq, 'made');
  }

  /** What was made or may have been made, newest first. */
  async effects(): Promise<EffectRecord[]> {
    return (await this.store.effects(this.runId)).filter((effect) => effect.state !== 'undone').reverse();
  }

  /** What was made with this inverse is gone. */
  async unmade(inverse: Pick<Action, 'kind' | 'input'>): Promise<void> {
    const same = (effect: EffectRecord): boolean =>
      effect.inverse.kind === inverse.kind && JSON.stringify(effect.inverse.input) === JSON.stringify(inverse.input);
    for (const effect of (await this.effects()).filter(same)) await this.undone(effect);
  }

  async undone(effect: EffectRecord): Promise<void> {
    await this.attempt(() => this.store.setEffect(this.runId, effect.seq, 'undone'));
  }

  /** Tells the listeners, scrubbed, and keeps what a later reader of the run wants to see. */
  async emit(event: RunEvent): Promise<void> {
    const clean = this.scrubber.scrubJson(event);
    this.listener(clean);
    await this.attempt(() =>
      this.store.addEvent(this.runId, {
        time: this.now(),
        type: clean.type,
        stepId: 'id' in clean ? clean.id : undefined,
        message: describe(clean),
      }),
    );
  }

  #elapsed(record: StepRecord): number {
    return record.startedAt && record.endedAt ? Date.parse(record.endedAt) - Date.parse(record.startedAt) : 0;
  }
}

/** What listeners are told of a step. */
export const labelOf = ({ id, title, host, parallel }: Step): StepLabel => ({ id, title, host, parallel });

function describe(event: RunEvent): string {
  switch (event.type) {
    case 'step.output':
      return event.line;
    case 'step.progress':
    case 'step.failed':
    case 'notice':
      return event.message;
    case 'step.done':
      return event.detail ?? (event.unchanged ? 'nothing to change' : 'done');
    case 'recovery.failed':
      return `${event.title}: ${event.message}`;
    case 'run.ended':
      return event.status;
    case 'steps.added':
      return event.steps.map((step) => step.id).join(', ');
    default:
      return event.title;
  }
}
