import { messageOf } from '../core/errors.js';
import { Keeper } from './keeper.js';
import type { Journal } from './journal.js';
import { asStep, perform, stepIo, type StepOptions, type Running } from './step-io.js';

type Effects = Awaited<ReturnType<Journal['effects']>>;

/** What an undo knows of hosts that cannot be reached. */
export interface Reach {
  /** Whether an error says that a host cannot be reached: what a run made elsewhere goes all the same. */
  isSilent(error: unknown): boolean;
  /** Effects by their number that could not be asked whether they may go, each with why. */
  unasked: ReadonlyMap<number, string>;
}

const ALL_ANSWER: Reach = { isSilent: () => false, unasked: new Map() };

/**
 * Unmakes effects, newest first, and names what could not be unmade. At the first failure it stops: what was made
 * earlier may be needed by what is left, as a release is by the traffic that goes to it. A host that cannot be reached
 * keeps only what is on it.
 */
export async function undoEffects<C>(
  effects: Effects,
  options: StepOptions<C>,
  reach: Reach = ALL_ANSWER,
): Promise<UndoOutcome> {
  const keeper = new Keeper(() => undefined);
  return unmake(effects, { ...options, keeper }, 'undo', reach).finally(() => keeper.stop());
}

/**
 * Asks the hosts whether a run may be undone.
 * @returns effects that could not be asked, since their host cannot be reached
 * @throws what speaks against it
 */
export async function askBeforeUndo<C>(
  effects: Effects,
  given: StepOptions<C>,
  isSilent = ALL_ANSWER.isSilent,
): Promise<Reach['unasked']> {
  const options = { ...given, keeper: new Keeper(() => undefined) };
  const unasked = new Map<number, string>();
  for (const { inverse, stepId, seq } of effects) {
    const handler = await options.handlers(inverse.kind);
    try {
      await handler.mayUndo?.(stepIo(asStep(inverse), options, 'undo', stepId));
    } catch (error) {
      if (!isSilent(error)) throw error;
      unasked.set(seq, messageOf(error));
    }
  }
  return unasked;
}

/** Titles of what was unmade, and what could not be. */
export interface UndoOutcome {
  undone: string[];
  left: { title: string; why: string }[];
}

/** Unmakes effects in their order. Going back, one that fails does not keep the others from it; undoing, it does. */
export async function unmake<C>(
  effects: Effects,
  options: Running<C>,
  phase: 'recover' | 'undo',
  { isSilent, unasked } = ALL_ANSWER,
): Promise<UndoOutcome> {
  const undone: string[] = [];
  const left: { title: string; why: string }[] = [];
  let stopped = false;
  for (const effect of effects) {
    const { title } = effect.inverse;
    if (stopped) {
      left.push({ title, why: 'not tried, since what was made after it is still there' });
      continue;
    }
    const why = unasked.get(effect.seq);
    if (why !== undefined) {
      left.push({ title, why });
      continue;
    }
    try {
      await perform(effect.inverse, options, phase, effect.stepId);
      await options.journal.undone(effect);
      undone.push(title);
    } catch (error) {
      left.push({ title, why: messageOf(error) });
      await options.journal.emit({ type: 'recovery.failed', title, message: messageOf(error) });
      stopped = phase === 'undo' && !isSilent(error);
    }
  }
  return { undone, left };
}
