import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.js';
import { withIds, type Plan, type PlanPart } from '../../../src/core/plan.js';
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
} from '../../helpers/runs.js';

let held: TempStore;
beforeEach(() => {
  held = tempStore();
});
afterEach(() => held.dispose());

const begin = (of: Plan): Promise<void> => held.store.createRun(runRecord('R1', of));
const ids = async (): Promise<string[]> =>
  (await held.store.steps('R1')).map((record) => `${record.step.id} ${record.status}`);

/** A part of two steps, of which the second reads what the first gave, with a guard over both. */
const part = (facts: Record<string, string> = { service: 'm2' }): PlanPart => ({
  ...plan([step('one'), step('two')], {
    facts,
    guards: [{ from: 'one', until: 'two', action: action('revert', 'Back in the part') }],
    locks: [{ host: 'app', name: 'service-m2' }],
  }),
  id: '',
});

const handlers = (more: Handlers = {}): Handlers => ({
  before: logs(),
  after: logs(),
  deploy: logs({ expand: async () => part() }),
  one: logs({
    apply: async (io) => {
      io.ctx.push(`apply ${io.step.id} of ${String(io.facts.service)}`);
      return { found: 7 };
    },
  }),
  two: logs({ apply: async (io) => void io.ctx.push(`two sees ${String(io.outputs('one')?.found)}`) }),
  revert: logs({ apply: async (io) => void io.ctx.push(`${io.step.title} of ${String(io.facts.service)}`) }),
  ...more,
});

test('a step expands into a part: under its own locks, with its own facts, ids and outputs', async () => {
  await begin(plan([step('before'), step('deploy'), step('after')], { facts: { service: 'm1' } }));
  const log: string[] = [];
  await carryOut(held, 'R1', handlers(), { log });
  expect(log).toEqual([
    'apply before',
    'apply deploy',
    'enter deploy',
    'apply deploy/one of m2',
    'two sees 7',
    'apply after',
  ]);
  expect(await ids()).toEqual(['before done', 'deploy done', 'deploy/one done', 'deploy/two done', 'after done']);
  expect(await held.store.parts('R1')).toMatchObject([
    { id: 'deploy', locks: [{ host: 'app', name: 'service-m2' }], facts: { service: 'm2' } },
  ]);
});

const boom = async (): Promise<never> => {
  throw new Error('boom');
};

test('its guards hold inside of it, and before those of the plan around it', async () => {
  const outer = { from: 'before', until: 'after', action: action('revert', 'Back outside') };
  await begin(plan([step('before'), step('deploy'), step('after')], { facts: { service: 'm1' }, guards: [outer] }));
  const log: string[] = [];
  await expect(carryOut(held, 'R1', handlers({ two: logs({ apply: boom }) }), { log })).rejects.toThrow('boom');
  expect(log.slice(-2)).toEqual(['Back in the part of m2', 'Back outside of m1']);
  log.length = 0;
  await expect(
    carryOut(held, 'R1', handlers({ after: logs({ apply: boom }) }), { log, resumed: true }),
  ).rejects.toThrow('boom');
  expect(log.slice(-1)).toEqual(['Back outside of m1']);
});

test('a resume goes on with the part as it was planned, and does not expand it anew', async () => {
  await begin(plan([step('deploy')]));
  await expect(carryOut(held, 'R1', handlers({ one: logs({ apply: boom }) }))).rejects.toThrow('boom');
  // As a process leaves it that is killed between keeping the part and ending the step.
  const [record] = await held.store.steps('R1');
  await held.store.saveStep({ ...record!, status: 'started' });
  await held.reopen();
  const log: string[] = [];
  const anew = logs({ repeatable: true, expand: async () => part({ service: 'another' }) });
  await carryOut(held, 'R1', handlers({ deploy: anew }), { log, resumed: true });
  expect(log).toEqual(['apply deploy', 'apply deploy/one of m2', 'two sees 7']);
});

test('a part whose locks cannot be had is not begun', async () => {
  await begin(plan([step('deploy'), step('after')]));
  const log: string[] = [];
  const enter = async (): Promise<never> => {
    throw new Error('held by ada');
  };
  await expect(carryOut(held, 'R1', handlers(), { log, enter })).rejects.toThrow('held by ada');
  expect([log, await ids()]).toEqual([['apply deploy'], ['deploy failed', 'after pending']]);
});

test('what a step of a part made is unmade with the facts of the part', async () => {
  await begin(plan([step('deploy')], { facts: { service: 'm1' } }));
  const makes = logs({
    apply: async (io) => void (await (await io.willMake(action('revert', 'Remove it'), { temporary: true }))()),
  });
  const log: string[] = [];
  await carryOut(held, 'R1', handlers({ two: makes }), { log });
  expect(log.at(-1)).toBe('Remove it of m2');
});

test('blocks of lanes of two parts are not taken for one', () => {
  const lanes = (id: string): PlanPart => ({
    ...plan([step('a', { parallel: { block: 'hosts', lane: 'app-1' } })]),
    id,
  });
  expect(['first', 'second'].map((id) => withIds(lanes(id)).steps[0]?.parallel)).toEqual([
    { block: 'first/hosts', lane: 'app-1' },
    { block: 'second/hosts', lane: 'app-1' },
  ]);
});

test('a part that a step of a lane expands into is carried out in that lane, before its next step', async () => {
  const lane = (name: string, ...ids: string[]) =>
    ids.map((id) => step(`${name}/${id}`, { kind: id, parallel: { block: 'hosts', lane: name } }));
  await begin(plan([...lane('a', 'deploy', 'after'), ...lane('b', 'deploy', 'after'), step('before')]));
  const log: string[] = [];
  await carryOut(held, 'R1', handlers(), { log });
  const of = (name: string): string[] => log.filter((line) => line.includes(`${name}/`));
  for (const name of ['a', 'b'])
    expect(of(name)).toEqual([
      `apply ${name}/deploy`,
      `enter ${name}/deploy`,
      `apply ${name}/deploy/one of m2`,
      `apply ${name}/after`,
    ]);
  expect([log.filter((line) => line === 'two sees 7').length, log.at(-1)]).toEqual([2, 'apply before']);
});

test('a lane that adds steps while another one ends a step does not take that back', async () => {
  const lane = (name: string) => step(name, { parallel: { block: 'hosts', lane: name } });
  await begin(plan([lane('adds'), lane('other')]));
  const { store } = held;
  let read: () => void = () => undefined;
  const isRead = new Promise<void>((resolve) => (read = resolve));
  let ended: () => void = () => undefined;
  const hasEnded = new Promise<void>((resolve) => (ended = resolve));
  const log: string[] = [];
  const events = {
    push: (event: { type: string; id?: string }) => {
      if (event.type === 'step.done' && event.id === 'other') ended();
    },
  };
  let adding = false;
  const steps = store.steps.bind(store);
  store.steps = async (runId) => {
    const found = await steps(runId);
    if (adding) {
      read();
      await hasEnded;
    }
    return found;
  };
  await carryOut(
    held,
    'R1',
    {
      adds: logs({
        expand: async () => {
          adding = true;
          return [step('adds/more', { kind: 'more' })];
        },
      }),
      more: logs(),
      other: logs({
        apply: async (io) => {
          await isRead;
          io.ctx.push('apply other');
        },
      }),
    },
    { log, events: events as unknown as RunEvent[] },
  );
  expect(log).toEqual(['apply adds', 'apply other', 'apply adds/more']);
});

test('a step that was cut short before it expanded does so on a resume, also where its look finds its work done', async () => {
  await begin(plan([step('deploy'), step('after')]));
  let isDone = false;
  const cut = logs({
    check: async () => (isDone ? { state: 'done' } : { state: 'change', changes: [] }),
    apply: async (io) => {
      isDone = true;
      io.ctx.push(`apply ${io.step.id}`);
    },
    expand: boom,
  });
  await expect(carryOut(held, 'R1', handlers({ deploy: cut }))).rejects.toThrow('boom');
  const log: string[] = [];
  await carryOut(held, 'R1', handlers({ deploy: { ...cut, expand: async () => part() } }), { log, resumed: true });
  expect(log).toContain('apply deploy/one of m2');
  expect(await ids()).toEqual(['deploy done', 'deploy/one done', 'deploy/two done', 'after done']);
});
