import type { Action, Outputs } from '../core/plan.js';
import { activeGuards } from '../core/plan.js';
import { diskFullHere, isDiskFull } from '../core/disk-full.js';
import { CancelledError, FanopsError, GateError, PreconditionError, messageOf } from '../core/errors.js';
import type { RunEvent } from '../core/events.js';
import { handlerOf, type Handlers, type StepIo } from './handler.js';
import { Keeper } from './keeper.js';
import { runLanes } from './lanes.js';
import type { Journal } from './journal.js';
import type { StepRecord } from './store.js';

/** The answers a user gives to a step that was interrupted and cannot tell whether it took effect. */
export interface InterruptedAnswers {
  rerun: ReadonlySet<string>;
  assumeDone: ReadonlySet<string>;
}

export interface ExecuteOptions<C> {
  ctx: C;
  /** The same context under another signal: the way back must go on when the user has cancelled. */
  withSignal(signal: AbortSignal): C;
  journal: Journal;
  handlers: Handlers<C>;
  signal: AbortSignal;
  fence(host: string, lock: string): number;
  resumed: boolean;
  answers: InterruptedAnswers;
}

/** Milliseconds that one action of the way back may take. */
const RECOVERY_MS = 180_000;

/** What one execution holds besides its options. */
interface Running<C> extends ExecuteOptions<C> {
  keeper: Keeper;
}

/** Runs the steps of a journalled plan in order, the lanes of a block at once, from where it stands. On failure it goes the way back and rethrows. */
export async function executeSteps<C>(given: ExecuteOptions<C>): Promise<void> {
  const { journal } = given;
  const keeper = new Keeper(
    (name, error) => void journal.emit({ type: 'notice', message: `${name}: ${messageOf(error)}` }),
  );
  const options: Running<C> = { ...given, keeper };
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
    if (error instanceof CancelledError) throw error;
    if (back.failed.length > 0) throw notBack(error, back.failed);
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
  return new FanopsError(messageOf(error), {
    code: known?.code,
    where: known?.where,
    data: known?.data,
    cause: error,
    hint: `Could not be brought back:\n${failed.join('\n')}`,
  });
}

function stepIo<C>(record: StepRecord, options: Running<C>): StepIo<C> {
  const { journal, ctx, signal } = options;
  const { step } = record;
  const tell = (event: RunEvent): void => void journal.emit(event);
  return {
    ctx,
    step,
    signal,
    input: step.input,
    runId: journal.runId,
    facts: journal.plan.facts,
    fence: options.fence,
    outputs: (id) => journal.outputs(id),
    progress: (message) => tell({ type: 'step.progress', id: step.id, message }),
    line: (line) => tell({ type: 'step.output', id: step.id, line }),
    keep: (name, everyMs, task) => options.keeper.keep(name, everyMs, task),
    unkeep: (name) => options.keeper.end(name),
    note: (facts) => journal.noted(step.id, facts),
    willMake: (inverse, how) => journal.intend(step.id, inverse, how?.temporary ?? false),
    unmade: (inverse) => journal.unmade(inverse),
  };
}

async function executeStep<C>(record: StepRecord, options: Running<C>): Promise<void> {
  const { journal, handlers } = options;
  const { id, kind } = record.step;
  const handler = handlerOf(handlers, kind);
  if (record.status === 'started' && !handler.check && !handler.repeatable && !options.answers.rerun.has(id)) {
    if (!options.answers.assumeDone.has(id)) throw interrupted(journal.runId, record);
    return journal.done(id, {}, false, 'taken as done');
  }
  await journal.started(id);
  const io = stepIo(record, options);
  try {
    const check = await handler.check?.(io);
    if (check?.state === 'done') return await journal.done(id, undefined, true, check.detail);
    const outputs = (await handler.apply(io)) ?? {};
    const children = await handler.expand?.(io, outputs);
    if (children?.length) await journal.added(id, children);
    await journal.done(id, outputs, false, typeof outputs.detail === 'string' ? outputs.detail : undefined);
  } catch (error) {
    const known = isDiskFull(error) && !(error instanceof FanopsError) ? diskFullHere(error) : error;
    const cause = options.signal.aborted ? asError(options.signal.reason) : known;
    await journal.failed(id, cause);
    throw cause;
  }
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
  const handler = handlerOf(options.handlers, record.step.kind);
  if (!handler.recheck) return;
  const check = await handler.check?.(stepIo(record, options));
  if (check?.state !== 'done') await options.journal.reopened(record.step.id);
}

/** Carries out an inverse or a guard's action, as a step that is not part of the plan. */
async function perform<C>(action: Action, options: Running<C>): Promise<Outputs | undefined> {
  const { journal, handlers } = options;
  await journal.emit({ type: 'recovery.started', title: action.title });
  const record = { step: { id: `recovery:${action.kind}`, ...action } } as StepRecord;
  const signal = AbortSignal.timeout(RECOVERY_MS);
  const io = stepIo(record, { ...options, ctx: options.withSignal(signal), signal });
  const silent = {
    ...io,
    progress: () => undefined,
    willMake: async () => async () => undefined,
    unmade: async () => undefined,
    note: async () => undefined,
  };
  const outputs = (await handlerOf(handlers, action.kind).apply(silent)) ?? undefined;
  await journal.emit({ type: 'recovery.done', title: action.title });
  return outputs;
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
  const guards = activeGuards(
    journal.plan,
    (id) => journal.step(id).attempts > 0,
    (id) => journal.step(id).status === 'done',
  );
  for (const guard of guards) {
    try {
      const outputs = await perform(guard.action, options);
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
  );
}

/**
 * Unmakes effects, newest first, and names what could not be unmade. At the first failure it stops: what was made earlier may be needed by what
 * is left, as a release is by the traffic that goes to it.
 */
export async function undoEffects<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  options: ExecuteOptions<C>,
): Promise<UndoOutcome> {
  const keeper = new Keeper(() => undefined);
  return unmake(effects, { ...options, keeper }, true).finally(() => keeper.stop());
}

/** Asks the hosts whether a run may be undone. @throws what speaks against it */
export async function askBeforeUndo<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  given: ExecuteOptions<C>,
): Promise<void> {
  const options = { ...given, keeper: new Keeper(() => undefined) };
  for (const { inverse } of effects) {
    const io = stepIo({ step: { id: `recovery:${inverse.kind}`, ...inverse } } as StepRecord, options);
    await handlerOf(options.handlers, inverse.kind).mayUndo?.(io);
  }
}

/** Titles of what was unmade, and what could not be. */
export interface UndoOutcome {
  undone: string[];
  left: { title: string; why: string }[];
}

async function unmake<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  options: Running<C>,
  inOrder = false,
): Promise<UndoOutcome> {
  const undone: string[] = [];
  const left: { title: string; why: string }[] = [];
  for (const effect of effects) {
    if (inOrder && left.length > 0) {
      left.push({ title: effect.inverse.title, why: 'not tried, since what was made after it is still there' });
      continue;
    }
    try {
      await perform(effect.inverse, options);
      await options.journal.undone(effect);
      undone.push(effect.inverse.title);
    } catch (error) {
      left.push({ title: effect.inverse.title, why: messageOf(error) });
      await options.journal.emit({ type: 'recovery.failed', title: effect.inverse.title, message: messageOf(error) });
    }
  }
  return { undone, left };
}
