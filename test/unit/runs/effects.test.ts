import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.js';
import type { StepOptions } from '../../../src/runs/step-io.js';
import { askBeforeUndo, undoEffects } from '../../../src/runs/unmake.js';
import type { StepHandler } from '../../../src/core/step.js';
import type { Journal } from '../../../src/runs/journal.js';
import {
  action,
  carryOut,
  type Handlers,
  logs,
  plan,
  runRecord,
  step,
  tempStore,
  type TempStore,
  handlersOf,
} from '../../helpers/runs.js';

let held: TempStore;
beforeEach(() => {
  held = tempStore();
});
afterEach(() => held.dispose());

/** Makes something with an inverse; ends before it is made when `fails`. */
const makes = (temporary = false, fails = false): StepHandler<string[]> => ({
  async apply(io) {
    const made = await io.willMake(action('remove', `Remove ${io.step.id}`, { id: io.step.id }), { temporary });
    if (fails) throw new Error('boom');
    await made();
  },
  repeatable: true,
});
const remove: StepHandler<string[]> = { apply: async (io) => void io.ctx.push(`remove ${String(io.input.id)}`) };
const left = async (): Promise<string[]> =>
  (await held.store.effects('R1')).map((effect) => `${effect.inverse.title} ${effect.state}`);

test('temporary things go at the end, newest first; the others stay', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b'), step('c')])));
  const log: string[] = [];
  await carryOut(held, 'R1', { a: makes(true), b: makes(), c: makes(true), remove }, { log });
  expect(log).toEqual(['remove c', 'remove a']);
  expect(await left()).toEqual(['Remove a undone', 'Remove b made', 'Remove c undone']);
});

test('temporary things go also when a step fails, and when whether they were made cannot be told', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b')])));
  const log: string[] = [];
  await expect(carryOut(held, 'R1', { a: makes(true), b: makes(true, true), remove }, { log })).rejects.toThrow('boom');
  expect(log).toEqual(['remove b', 'remove a']);
});

test('what cannot be removed is named, and does not hide the rest', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b')])));
  const events: RunEvent[] = [];
  const log: string[] = [];
  const picky: StepHandler<string[]> = {
    apply: async (io) => {
      if (io.input.id === 'b') throw new Error('in use');
      io.ctx.push(`remove ${String(io.input.id)}`);
    },
  };
  await carryOut(held, 'R1', { a: makes(true), b: makes(true), remove: picky }, { log, events });
  expect(log).toEqual(['remove a']);
  expect(events).toContainEqual({ type: 'recovery.failed', title: 'Remove b', message: 'in use' });
  expect(await left()).toEqual(['Remove a undone', 'Remove b made']);
});

test('the same intent is journalled once, also over a resume', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a')])));
  await expect(carryOut(held, 'R1', { a: makes(false, true), remove }, {})).rejects.toThrow('boom');
  expect(await left()).toEqual(['Remove a intended']);
  await carryOut(held, 'R1', { a: makes(), remove }, { resumed: true });
  expect(await left()).toEqual(['Remove a made']);
});

test('what a later step took away itself is not taken away again', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b'), step('c')])));
  const log: string[] = [];
  const takes: StepHandler<string[]> = { apply: (io) => io.unmade({ kind: 'remove', input: { id: 'a' } }) };
  await carryOut(held, 'R1', { a: makes(true), b: makes(true), c: takes, remove }, { log });
  expect(log).toEqual(['remove b']);
});

const optionsOf = (journal: Journal, handlers: Handlers, log: string[]): StepOptions<string[]> => ({
  ctx: log,
  withSignal: () => log,
  journal,
  handlers: handlersOf(handlers),
  signal: new AbortController().signal,
  fence: () => 1,
});
const undo = async (journal: Journal, handlers: Handlers, log: string[]) =>
  undoEffects(await journal.effects(), optionsOf(journal, handlers, log));

test('every effect is asked whether it may go before the first one does', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b')])));
  const log: string[] = [];
  const journal = await carryOut(held, 'R1', { a: makes(), b: makes(), remove }, { log });
  const asked: string[] = [];
  const mayUndo: StepHandler<string[]>['mayUndo'] = async (io) => {
    asked.push(`${io.runId} ${String(io.input.id)}`);
    if (io.input.id === 'a') throw new Error('a later run needs it');
  };
  const options = optionsOf(journal, { remove: { ...remove, mayUndo } }, log);
  await expect(askBeforeUndo(await journal.effects(), options)).rejects.toThrow('a later run needs it');
  expect(asked).toEqual(['R1 b', 'R1 a']);
  expect(log).toEqual([]);
});

test('an undo goes newest first and stops at what cannot be removed; a second one goes on', async () => {
  await held.store.createRun(runRecord('R1', plan([step('a'), step('b'), step('c')])));
  const log: string[] = [];
  const journal = await carryOut(held, 'R1', { a: makes(), b: makes(), c: makes(), remove }, { log });
  const picky: Handlers = {
    remove: logs({
      apply: async (io) => {
        if (io.input.id === 'b') throw new Error('in use');
        return remove.apply(io);
      },
    }),
  };
  expect(await undo(journal, picky, log)).toEqual({
    undone: ['Remove c'],
    left: [
      { title: 'Remove b', why: 'in use' },
      { title: 'Remove a', why: 'not tried, since what was made after it is still there' },
    ],
  });
  expect(await undo(journal, { remove }, log)).toEqual({ undone: ['Remove b', 'Remove a'], left: [] });
  expect(await undo(journal, { remove }, log)).toEqual({ undone: [], left: [] });
  expect(log).toEqual(['remove c', 'remove b', 'remove a']);
});
