import { messageOf } from '../core/errors.js';
import { Keeper } from './keeper.js';
import type { Journal } from './journal.js';
import { asStep, perform, stepIo, type StepOptions, type Running } from './step-io.js';

/**
 * Unmakes effects, newest first, and names what could not be unmade. At the first failure it stops: what was made
 * earlier may be needed by what
 * is left, as a release is by the traffic that goes to it.
 */
export async function undoEffects<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  options: StepOptions<C>,
): Promise<UndoOutcome> {
  const keeper = new Keeper(() => undefined);
  return unmake(effects, { ...options, keeper }, 'undo').finally(() => keeper.stop());
}

/** Asks the hosts whether a run may be undone. @throws what speaks against it */
export async function askBeforeUndo<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  given: StepOptions<C>,
): Promise<void> {
  const options = { ...given, keeper: new Keeper(() => undefined) };
  for (const { inverse, stepId } of effects) {
    const handler = await options.handlers(inverse.kind);
    await handler.mayUndo?.(stepIo(asStep(inverse), options, 'undo', stepId));
  }
}

/** Titles of what was unmade, and what could not be. */
export interface UndoOutcome {
  undone: string[];
  left: { title: string; why: string }[];
}

/** Unmakes effects in their order. Going back, one that fails does not keep the others from it; undoing, it does. */
export async function unmake<C>(
  effects: Awaited<ReturnType<Journal['effects']>>,
  options: Running<C>,
  phase: 'recover' | 'undo',
): Promise<UndoOutcome> {
  const undone: string[] = [];
  const left: { title: string; why: string }[] = [];
  for (const effect of effects) {
    if (phase === 'undo' && left.length > 0) {
      left.push({ title: effect.inverse.title, why: 'not tried, since what was made after it is still there' });
      continue;
    }
    try {
      await perform(effect.inverse, options, phase, effect.stepId);
      await options.journal.undone(effect);
      undone.push(effect.inverse.title);
    } catch (error) {
      left.push({ title: effect.inverse.title, why: messageOf(error) });
      await options.journal.emit({ type: 'recovery.failed', title: effect.inverse.title, message: messageOf(error) });
    }
  }
  return { undone, left };
}
