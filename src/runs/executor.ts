import type { Outputs, PlanPart, Step } from '../core/plan.js';
import { activeGuards, withIds } from '../core/plan.js';
import { diskFullHere, isDiskFull } from '../core/disk-full.js';
import { CancelledError, FanopsError, GateError, PreconditionError, messageOf } from '../core/errors.js';
import { Keeper } from './keeper.js';
import { runLanes } from './lanes.js';
import { perform, stepIo, type Running, type StepOptions } from './step-io.js';
import type { StepRecord } from './store.js';
import { unmake } from './unmake.js';

/** The answers a user gives to a step that was interrupted and cannot tell whether it took effect. */
export interface InterruptedAnswers {
  rerun: ReadonlySet<string>;
  assumeDone: ReadonlySet<string>;
}

export interface ExecuteOptions<C> extends StepOptions<C> {
  /**
   * Takes the locks of a part that a step expands into, and notes in its facts what is there. Locks that somebody holds
   * are not waited for without end.
   */
  enter(part: PlanPart): Promise<void>;
  resumed: boolean;
  answers: InterruptedAnswers;
}

/** What one execution holds besides its options. */
type Executing<C> = ExecuteOptions<C> & Running<C>;

/**
 * Runs the steps of a journalled plan in order, the lanes of a block at once, from where it stands. On failure it goes
 * the way back and rethrows.
 */
export async function executeSteps<C>(given: ExecuteOptions<C>): Promise<void> {
  const { journal } = given;
  const keeper = new Keeper(
    (name, error) => void journal.emit({ type: 'notice', message: `${name}: ${messageOf(error)}` }),
  );
  const options: Executing<C> = { ...given, keeper };
  let back: WayBack = { tried: false, failed: [] };
  try {
    const unsure = new Set(
      options.resumed
        ? journal
            .steps()
            .filter(({ status }) => status === 'done')
            .map(({ step }) => step.id)
        : [],
    );
    const pending = (among = journal.steps()): StepRecord | undefined =>
      among.find(({ status, step }) => status !== 'done' || unsure.has(step.id));
    const turn = async (next: StepRecord): Promise<void> => {
      if (options.signal.aborted) throw asError(options.signal.reason);
      if (unsure.delete(next.step.id)) await reopenIfWentBack(next, options);
      else await executeStep(next, options);
    };
    for (let next = pending(); next; next = pending()) {
      const block = next.step.parallel?.block;
      if (block === undefined) await turn(next);
      else await runLanes(() => journal.steps().filter(({ step }) => step.parallel?.block === block), pending, turn);
    }
  } catch (error) {
    void keeper.stop(); // What is kept for as long as all is well, such as a watchdog's lease, ends here.
    back = await goBack(options);
    if (back.failed.length > 0) throw notBack(error, back.failed);
    if (error instanceof CancelledError) throw error;
    throw back.tried && !(error instanceof GateError) ? asGateError(error) : error;
  } finally {
    // Where the way back failed, a watchdog stays on guard: it goes it as soon as its lease ends.
    if (back.failed.length === 0) await removeTemporary(options);
    await keeper.stop();
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new CancelledError());

function asGateError(error: unknown): GateError {
  const known = error instanceof FanopsError ? error : undefined;
  return new GateError(messageOf(error), { where: known?.where, hint: known?.hint, data: known?.data, cause: error });
}

/** The same failure, with what could not be brought back; never one that says it was. */
function notBack(error: unknown, failed: string[]): FanopsError {
  const known = error instanceof FanopsError ? error : undefined;
  // Users may be where they should not be: that is a failure, whoever ended the run.
  return new FanopsError(messageOf(error), {
    code: error instanceof CancelledError ? 'NOT_BACK' : known?.code,
    where: known?.where,
    data: known?.data,
    cause: error,
    hint: `Could not be brought back:\n${failed.join('\n')}`,
  });
}

async function executeStep<C>(record: StepRecord, options: Executing<C>): Promise<void> {
  const { journal, handlers } = options;
  const { id, kind } = record.step;
  const handler = await handlers(kind);
  if (record.status === 'started' && !handler.check && !handler.repeatable && !options.answers.rerun.has(id)) {
    if (!options.answers.assumeDone.has(id)) throw interrupted(journal.runId, record);
    return journal.done(id, {}, false, 'taken as done');
  }
  // What it is to expand into is told by its work: that is done again where a try of it was cut short before.
  const isCut = handler.expand !== undefined && record.attempts > 0 && !journal.hasChildren(id);
  await journal.started(id);
  const io = stepIo(record, options, 'apply');
  try {
    const check = await handler.check?.(io, record.outputs);
    if (check?.state === 'done' && !isCut) return await journal.done(id, undefined, true, check.detail);
    const outputs = ((await handler.apply(io)) ?? {}) as Outputs;
    // What a part was planned for is known once: it goes on as it was kept.
    if (!journal.hasPart(id)) await add(id, (await handler.expand?.(io, outputs)) ?? [], options);
    await journal.done(id, outputs, false, typeof outputs.detail === 'string' ? outputs.detail : undefined);
  } catch (error) {
    const known = isDiskFull(error) && !(error instanceof FanopsError) ? diskFullHere(error) : error;
    const cause = options.signal.aborted ? asError(options.signal.reason) : known;
    await journal.failed(id, cause);
    throw cause;
  }
}

/** Puts what a step expands into behind it, in its lane; a part under its locks. */
async function add<C>(id: string, children: Step[] | PlanPart, { journal, enter }: Executing<C>): Promise<void> {
  const { parallel } = journal.step(id).step;
  const inLane = (steps: Step[]): Step[] => (parallel ? steps.map((step) => ({ ...step, parallel })) : steps);
  if (Array.isArray(children)) {
    if (children.length > 0) await journal.added(id, inLane(children));
    return;
  }
  const part = withIds({ ...children, id });
  await enter(part);
  await journal.expanded({ ...part, steps: inLane(part.steps) });
}

function interrupted(runId: string, record: StepRecord): PreconditionError {
  const { id, title } = record.step;
  return new PreconditionError(`Step ${id} (${title}) was interrupted, and whether it took effect cannot be told.`, {
    code: 'INTERRUPTED',
    hint: 'Look at the host, then say which it is.',
    nextSteps: [`fanops runs resume ${runId} --rerun ${id}`, `fanops runs resume ${runId} --assume-done ${id}`],
  });
}

/** A resume looks at a step that was done when its turn comes: by then what it rests on is as it was. */
async function reopenIfWentBack<C>(record: StepRecord, options: Running<C>): Promise<void> {
  const handler = await options.handlers(record.step.kind);
  if (!handler.recheck) return;
  const check = await handler.check?.(stepIo(record, options, 'apply'), record.outputs);
  if (check?.state !== 'done') await options.journal.reopened(record.step.id);
}

/** Whether traffic or another guarded thing had to be brought back, and what could not be. */
interface WayBack {
  tried: boolean;
  failed: string[];
}

async function goBack<C>(options: Running<C>): Promise<WayBack> {
  const { journal } = options;
  const failed: string[] = [];
  let tried = false;
  // What a part guards is inside of what the plan around it guards.
  const guards = journal
    .parts()
    .reverse()
    .flatMap((part) =>
      activeGuards(
        part,
        (id) => journal.step(id).attempts > 0,
        (id) => journal.step(id).status === 'done',
      ),
    );
  for (const guard of guards) {
    try {
      const outputs = await perform(guard.action, options, 'recover', guard.from);
      tried ||= outputs?.unchanged !== true;
      await journal.unmade(guard.action);
    } catch (error) {
      tried = true;
      failed.push(`${guard.action.title}: ${messageOf(error)}`);
      await journal.emit({ type: 'recovery.failed', title: guard.action.title, message: messageOf(error) });
    }
  }
  return { tried, failed };
}

async function removeTemporary<C>(options: Running<C>): Promise<void> {
  const effects = await options.journal.effects();
  await unmake(
    effects.filter((effect) => effect.temporary),
    options,
    'recover',
  );
}
