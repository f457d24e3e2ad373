import { afterEach, beforeEach, expect, test } from 'vitest';
import { CancelledError, FanopsError } from '../../../src/core/errors.js';
import { ExitCode } from '../../../src/core/exit-codes.js';
import type { Step } from '../../../src/core/plan.js';
import { carryOut, type Handlers, logs, plan, runRecord, step, type TempStore, tempStore } from '../../helpers/runs.js';

let held: TempStore;
beforeEach(() => {
  held = tempStore();
});
afterEach(() => held.dispose());

const lane = (name: string, ...ids: string[]): Step[] =>
  ids.map((id) => step(`${name}/${id}`, { kind: id, parallel: { block: 'hosts', lane: name } }));
const begin = (steps: Step[]): Promise<void> => held.store.createRun(runRecord('R1', plan(steps)));
const states = async (): Promise<string[]> =>
  (await held.store.steps('R1')).map((record) => `${record.step.id} ${record.status}`);

test('lanes go on at once, the steps of a lane in order; what follows waits for all', async () => {
  await begin([step('first'), ...lane('a', 'one', 'two'), ...lane('b', 'one', 'two'), step('last')]);
  const log: string[] = [];
  let waiting = 0;
  let met: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    met = resolve;
  });
  const handlers: Handlers = {
    first: logs(),
    last: logs(),
    two: logs(),
    // Ends only when both lanes are here: one after the other would wait for ever.
    one: logs({
      apply: async (io) => {
        waiting += 1;
        if (waiting === 2) met();
        await both;
        io.ctx.push(`apply ${io.step.id}`);
      },
    }),
  };
  await carryOut(held, 'R1', handlers, { log });
  expect([log[0], log.at(-1)]).toEqual(['apply first', 'apply last']);
  expect(log.filter((line) => line.includes('a/'))).toEqual(['apply a/one', 'apply a/two']);
  expect(log).toHaveLength(6);
});

test('no more than four lanes at a time', async () => {
  await begin('abcdefgh'.split('').flatMap((name) => lane(name, 'one', 'two')));
  let now = 0;
  let most = 0;
  const busy = logs({
    apply: async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    },
  });
  await carryOut(held, 'R1', { one: busy, two: busy });
  expect(most).toBe(4);
});

test('a lane that fails leaves the others to their end; a resume runs what is left, once', async () => {
  await begin([...lane('a', 'one', 'two'), ...lane('b', 'one', 'two'), ...lane('c', 'one', 'two'), step('last')]);
  const log: string[] = [];
  const failing = logs({
    apply: async (io) => {
      if (io.step.id !== 'b/one') throw new FanopsError(`${io.step.id} broke`, { where: io.step.id, hint: 'look' });
      io.ctx.push(`apply ${io.step.id}`);
    },
  });
  await expect(carryOut(held, 'R1', { one: failing, two: logs(), last: logs() }, { log })).rejects.toMatchObject({
    message: 'a/one broke',
    hint: 'look\nAlso failed: c/one: c/one broke',
  });
  expect(await states()).toEqual([
    'a/one failed',
    'a/two pending',
    'b/one done',
    'b/two done',
    'c/one failed',
    'c/two pending',
    'last pending',
  ]);
  await held.reopen();
  await carryOut(held, 'R1', { one: logs(), two: logs(), last: logs() }, { log, resumed: true });
  expect([...log].sort()).toEqual(
    ['apply a/one', 'apply a/two', 'apply b/one', 'apply b/two', 'apply c/one', 'apply c/two', 'apply last'].sort(),
  );
});

test.each([
  ['the user cancels', () => new CancelledError()],
  ['a login has ended', () => new FanopsError('log in again', { exitCode: ExitCode.login })],
])('no lane starts a further step once %s', async (_what, error) => {
  await begin([...lane('a', 'one', 'two'), ...lane('b', 'one', 'two')]);
  let fail: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const handlers: Handlers = {
    one: logs({
      apply: async (io) => {
        if (io.step.id === 'a/one') {
          setImmediate(fail);
          throw error();
        }
        await failed;
      },
    }),
    two: logs(),
  };
  const log: string[] = [];
  await expect(carryOut(held, 'R1', handlers, { log })).rejects.toMatchObject({ message: error().message });
  expect(log).toEqual([]);
  expect(await states()).toEqual(['a/one failed', 'a/two pending', 'b/one done', 'b/two pending']);
});

test('that the login of a provider has ended is told once, by however many lanes it was met', async () => {
  await begin([...lane('a', 'one'), ...lane('b', 'one'), ...lane('c', 'one')]);
  const ended = logs({
    apply: async (io) => {
      const where = io.step.id === 'c/one' ? 'gcp' : 'aws';
      throw new FanopsError(`${io.step.id} refused`, {
        exitCode: ExitCode.login,
        code: 'NOT_LOGGED_IN',
        where,
        hint: `log in to ${where}`,
      });
    },
  });
  await expect(carryOut(held, 'R1', { one: ended })).rejects.toMatchObject({
    message: 'a/one refused',
    hint: 'log in to aws\nAlso failed: gcp: c/one refused',
  });
});

test('what a step notes is there for its next try, also in another process', async () => {
  await begin([step('a')]);
  await expect(
    carryOut(held, 'R1', {
      a: logs({
        repeatable: true,
        apply: async (io) => {
          await io.note({ operation: 'op-7' });
          throw new Error('gone');
        },
      }),
    }),
  ).rejects.toThrow('gone');
  await held.reopen();
  const log: string[] = [];
  await carryOut(
    held,
    'R1',
    {
      a: logs({
        repeatable: true,
        apply: async (io) => {
          io.ctx.push(String(io.outputs('a')?.operation));
          return { id: 'x' };
        },
      }),
    },
    { log, resumed: true },
  );
  expect(log).toEqual(['op-7']);
  expect((await held.store.steps('R1'))[0]?.outputs).toEqual({ id: 'x' });
});
