import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancelledError, GateError, PreconditionError } from '../../../src/core/errors.js';
import type { RunEvent } from '../../../src/core/events.js';
import type { Plan } from '../../../src/core/plan.js';
import { lookAhead } from '../../../src/runs/look-ahead.js';
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

const begin = (of: Plan): Promise<void> => held.store.createRun(runRecord('R1', of));
const states = async (): Promise<string[]> =>
  (await held.store.steps('R1')).map((record) => `${record.step.id} ${record.status}`);
const boom = async (): Promise<never> => {
  throw new Error('boom');
};

test('steps run in order; one that is done already is not applied; children come right behind', async () => {
  await begin(plan([step('a'), step('b'), step('c')]));
  const log: string[] = [];
  const events: RunEvent[] = [];
  const handlers: Handlers = {
    a: logs({ expand: async () => [step('a/1', { kind: 'child' }), step('a/2', { kind: 'child' })] }),
    b: logs({ check: async () => ({ state: 'done', detail: 'it is there' }) }),
    c: logs({
      check: async (io) => ({ state: 'change', changes: [String(io.outputs('a/2')?.n)] }),
      apply: async (io) => void io.ctx.push(`c sees ${String(io.outputs('a/2')?.n)}`),
    }),
    child: logs({
      apply: async (io) => {
        io.ctx.push(`apply ${io.step.id}`);
        return { n: io.step.id.length, detail: 'found' };
      },
    }),
  };
  await carryOut(held, 'R1', handlers, { log, events });
  expect(log).toEqual(['apply a', 'apply a/1', 'apply a/2', 'c sees 3']);
  expect(await states()).toEqual(['a done', 'a/1 done', 'a/2 done', 'b done', 'c done']);
  expect(events.filter(({ type }) => type === 'step.done')).toMatchObject([
    { id: 'a' },
    { id: 'a/1', detail: 'found' },
    { id: 'a/2' },
    { id: 'b', unchanged: true, detail: 'it is there' },
    { id: 'c' },
  ]);
});

test.each(['a', 'b', 'c'])('a run that failed at %s goes on from there, and nothing runs twice', async (failing) => {
  await begin(plan([step('a'), step('b'), step('c')]));
  const log: string[] = [];
  const good: Handlers = { a: logs(), b: logs(), c: logs() };
  await expect(carryOut(held, 'R1', { ...good, [failing]: logs({ apply: boom }) }, { log })).rejects.toThrow('boom');
  await held.reopen();
  await carryOut(held, 'R1', good, { log, resumed: true });
  expect(log).toEqual(['apply a', 'apply b', 'apply c']);
  expect((await held.store.steps('R1')).map(({ attempts }) => attempts)).toEqual(
    ['a', 'b', 'c'].map((id) => (id === failing ? 2 : 1)),
  );
});

/** As a process that is gone leaves it: the step has begun and never ended. */
async function interrupt(id: string): Promise<void> {
  const record = (await held.store.steps('R1')).find((each) => each.step.id === id);
  await held.store.saveStep({ ...record!, status: 'started', attempts: 1 });
}

test('an interrupted step without a check asks; with an answer it goes on', async () => {
  await begin(plan([step('a')]));
  await interrupt('a');
  const log: string[] = [];
  const asking = carryOut(held, 'R1', { a: logs() }, { log, resumed: true });
  await expect(asking).rejects.toBeInstanceOf(PreconditionError);
  await expect(asking).rejects.toMatchObject({
    code: 'INTERRUPTED',
    exitCode: 5,
    nextSteps: ['fanops runs resume R1 --rerun a', 'fanops runs resume R1 --assume-done a'],
  });
  expect(log).toEqual([]);
  await carryOut(
    held,
    'R1',
    { a: logs() },
    { log, resumed: true, answers: { rerun: new Set(['a']), assumeDone: new Set() } },
  );
  expect(log).toEqual(['apply a']);
  await interrupt('a');
  await carryOut(
    held,
    'R1',
    { a: logs() },
    { log, resumed: true, answers: { rerun: new Set(), assumeDone: new Set(['a']) } },
  );
  expect(log).toEqual(['apply a']);
  expect(await states()).toEqual(['a done']);
});

test('an interrupted step that is repeatable or has a check simply goes on', async () => {
  await begin(plan([step('a'), step('b')]));
  await interrupt('a');
  const log: string[] = [];
  await carryOut(
    held,
    'R1',
    { a: logs({ repeatable: true }), b: logs({ check: async () => ({ state: 'unknown', reason: '?' }) }) },
    { log, resumed: true },
  );
  expect(log).toEqual(['apply a', 'apply b']);
});

const guarded = plan([step('arm'), step('shift'), step('commit'), step('after')], {
  guards: [{ from: 'arm', until: 'commit', action: action('revert', 'Back to azure', { to: 'azure' }) }],
});
const guardHandlers: Handlers = {
  arm: logs(),
  shift: logs(),
  commit: logs(),
  after: logs(),
  revert: logs({ apply: async (io) => void io.ctx.push(`revert to ${String(io.input.to)}`) }),
};

test.each([
  ['arm', true],
  ['shift', true],
  ['commit', true],
  ['after', false],
])('a failure at %s: the way back is gone %s', async (failing, back) => {
  await begin(guarded);
  const log: string[] = [];
  const events: RunEvent[] = [];
  const failed = carryOut(held, 'R1', { ...guardHandlers, [failing]: logs({ apply: boom }) }, { log, events });
  await expect(failed).rejects.toThrow('boom');
  expect(log.filter((line) => line.startsWith('revert'))).toEqual(back ? ['revert to azure'] : []);
  const error: unknown = await failed.catch((raised: unknown) => raised);
  expect(error instanceof GateError).toBe(back);
  expect(events.some(({ type }) => type === 'recovery.done')).toBe(back);
});

test('a cancelled run goes the way back as well and stays cancelled', async () => {
  await begin(guarded);
  const controller = new AbortController();
  const log: string[] = [];
  const shift = logs({ apply: async () => controller.abort(new CancelledError()) });
  await expect(
    carryOut(held, 'R1', { ...guardHandlers, shift }, { log, signal: controller.signal }),
  ).rejects.toBeInstanceOf(CancelledError);
  expect(log).toEqual(['apply arm', 'revert to azure']);
});

test('a cancelled run whose way back fails has failed, and says what could not be brought back', async () => {
  await begin(guarded);
  const controller = new AbortController();
  const broken = {
    ...guardHandlers,
    shift: logs({ apply: async () => controller.abort(new CancelledError()) }),
    revert: logs({
      apply: async () => {
        throw new Error('no route');
      },
    }),
  };
  await expect(carryOut(held, 'R1', broken, { signal: controller.signal })).rejects.toMatchObject({
    code: 'NOT_BACK',
    exitCode: 1,
    hint: expect.stringContaining('no route') as string,
  });
});

test('when the way back fails, that is told and the first error stays', async () => {
  await begin(guarded);
  const events: RunEvent[] = [];
  const broken = {
    ...guardHandlers,
    shift: logs({ apply: boom }),
    revert: logs({
      apply: async () => {
        throw new Error('no route');
      },
    }),
  };
  await expect(carryOut(held, 'R1', broken, { events })).rejects.toThrow('boom');
  expect(events).toContainEqual({ type: 'recovery.failed', title: 'Back to azure', message: 'no route' });
});

test('a resume looks again at what may have gone back', async () => {
  await begin(plan([step('shift'), step('record'), step('end')]));
  const log: string[] = [];
  let there = false;
  const handlers: Handlers = {
    shift: logs({ check: async () => (there ? { state: 'done' } : { state: 'change', changes: [] }), recheck: true }),
    record: logs(),
    end: logs({ apply: boom }),
  };
  await expect(carryOut(held, 'R1', handlers, { log })).rejects.toThrow('boom');
  await carryOut(held, 'R1', { ...handlers, end: logs() }, { log, resumed: true });
  expect(log).toEqual(['apply shift', 'apply record', 'apply shift', 'apply end']);
  there = true;
  await carryOut(held, 'R1', handlers, { log, resumed: true });
  expect(log).toHaveLength(4);
});

test('a dry run looks at every step, says that it looks, and gives it nothing to change things with', async () => {
  const handlers: Handlers = {
    a: logs({ check: async (io) => ({ state: 'change', changes: [io.phase, ...Object.keys(io).sort()] }) }),
    b: logs(),
  };
  const log: string[] = [];
  const { signal } = new AbortController();
  const given = ['ctx', 'facts', 'input', 'line', 'outputs', 'phase', 'signal', 'step'];
  expect(await lookAhead(plan([step('a'), step('b')]), handlersOf(handlers), log, signal)).toMatchObject([
    { id: 'a', check: { state: 'change', changes: ['look', ...given] } },
    { id: 'b', check: { state: 'unknown', reason: 'known when it runs' } },
  ]);
  expect(log).toEqual([]);
  await expect(lookAhead(plan([step('z')]), handlersOf(handlers), log, signal)).rejects.toThrow('kind "z"');
});
