import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../../../src/runs/sqlite-schema.js';
import { SqliteRunStore } from '../../../src/runs/sqlite-store.js';
import { action, OPERATOR, plan, runRecord, step, tempStore, type TempStore } from '../../helpers/runs.js';

let held: TempStore;
beforeEach(() => {
  held = tempStore();
});
afterEach(() => held.dispose());

const PLAN = plan([step('a', { host: 'app-1', input: { n: 1, deep: [null, true] } }), step('b'), step('c')], {
  facts: { fleetHash: 'x' },
});

test('a run and its steps come back as they were, also after a reopen', async () => {
  const run = runRecord('R1', PLAN);
  await held.store.createRun(run);
  for (const open of [async () => held.store, () => held.reopen()]) {
    const store = await open();
    expect(await store.run('R1')).toEqual({ ...run, endedAt: undefined, error: undefined });
    const steps = await store.steps('R1');
    expect(
      steps.map(({ step: { id }, position, status, attempts, unchanged }) => [
        id,
        position,
        status,
        attempts,
        unchanged,
      ]),
    ).toEqual([
      ['a', 0, 'pending', 0, false],
      ['b', 1, 'pending', 0, false],
      ['c', 2, 'pending', 0, false],
    ]);
    expect(steps[0]?.step).toEqual(PLAN.steps[0]);
  }
  expect(await held.store.run('R2')).toBeUndefined();
  expect(await held.store.steps('R2')).toEqual([]);
});

test('a second run of the same id, and a plan with a step twice, are refused and leave nothing', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  await expect(held.store.createRun(runRecord('R1', PLAN))).rejects.toThrow(/UNIQUE/);
  await expect(held.store.createRun(runRecord('R2', plan([step('a'), step('a')])))).rejects.toThrow(/UNIQUE/);
  expect((await held.store.runs(10)).map(({ id }) => id)).toEqual(['R1']);
});

test('what changes of a run is changed, the rest stays', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  const error = { message: 'no', code: 'REMOTE', exitCode: 1, hint: 'look' };
  await held.store.updateRun('R1', { status: 'failed', endedAt: '2026-11-21T02:01:00.000Z', error });
  await held.store.updateRun('R1', { operator: { ...OPERATOR, pid: 43 } });
  expect(await held.store.run('R1')).toMatchObject({
    status: 'failed',
    endedAt: '2026-11-21T02:01:00.000Z',
    error,
    operator: { pid: 43 },
  });
});

test('runs come newest first, as many as asked for', async () => {
  for (const [id, minute] of [
    ['R1', 1],
    ['R3', 3],
    ['R2', 2],
    ['R2b', 2],
  ] as const) {
    await held.store.createRun({ ...runRecord(id, PLAN), createdAt: `2026-11-21T02:0${minute}:00.000Z` });
  }
  expect((await held.store.runs(3)).map(({ id }) => id)).toEqual(['R3', 'R2b', 'R2']);
});

test('a step is saved with all that it has', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  const [record] = await held.store.steps('R1');
  const saved = {
    ...record!,
    status: 'failed' as const,
    attempts: 2,
    unchanged: true,
    startedAt: '1',
    endedAt: '2',
    outputs: { a: [1, null], detail: 'x' },
    error: { message: 'm', code: 'C', exitCode: 6 },
  };
  await held.store.saveStep(saved);
  expect((await (await held.reopen()).steps('R1'))[0]).toEqual(saved);
  await held.store.saveStep({ ...saved, endedAt: undefined, outputs: undefined, error: undefined });
  expect((await held.store.steps('R1'))[0]).toMatchObject({
    status: 'failed',
    endedAt: undefined,
    outputs: undefined,
    error: undefined,
  });
});

test('steps are put behind another one; those that are there already are not put twice', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  await held.store.insertSteps('R1', 'a', [step('a/1'), step('a/2')]);
  await held.store.insertSteps('R1', 'a', [step('a/1'), step('a/2')]);
  expect((await held.store.steps('R1')).map((record) => [record.step.id, record.position])).toEqual([
    ['a', 0],
    ['a/1', 1],
    ['a/2', 2],
    ['b', 3],
    ['c', 4],
  ]);
  await expect(held.store.insertSteps('R1', 'nope', [step('x')])).rejects.toThrow('Run R1 has no step nope.');
  expect(await held.store.steps('R1')).toHaveLength(5);
});

test('effects are numbered in the order in which they were intended', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  await held.store.createRun(runRecord('R2', PLAN));
  const effect = (title: string, runId = 'R1') => ({
    runId,
    stepId: 'a',
    inverse: action('k', title, { a: 1 }),
    temporary: title === 't',
    state: 'intended' as const,
  });
  const first = await held.store.addEffect(effect('x'));
  await held.store.addEffect(effect('other', 'R2'));
  const second = await held.store.addEffect(effect('t'));
  expect(second).toBeGreaterThan(first);
  await held.store.setEffect('R1', first, 'made');
  await held.store.setEffect('R2', second, 'undone');
  expect(await held.store.effects('R1')).toEqual([
    { ...effect('x'), seq: first, state: 'made' },
    { ...effect('t'), seq: second },
  ]);
});

test('events come in their order, with any text', async () => {
  await held.store.createRun(runRecord('R1', PLAN));
  const events = [
    { time: '1', type: 'notice', message: "'; DROP TABLE runs; --" },
    { time: '0', type: 'step.output', stepId: 'a', message: 'ümläut\n\u0000end' },
  ];
  for (const event of events) await held.store.addEvent('R1', event);
  expect((await held.store.events('R1')).map(({ seq: _seq, ...event }) => event)).toEqual([
    { ...events[0], stepId: undefined },
    events[1],
  ]);
});

test('two processes on one file see each other', async () => {
  const other = new SqliteRunStore(held.file);
  await other.createRun(runRecord('R1', PLAN));
  expect((await held.store.runs(1))[0]?.id).toBe('R1');
  await held.store.updateRun('R1', { status: 'succeeded' });
  expect((await other.run('R1'))?.status).toBe('succeeded');
  await other.close();
});

test('a file of a newer fanops is refused and left alone', async () => {
  await held.store.close();
  const db = new DatabaseSync(held.file);
  db.exec('PRAGMA user_version = 99');
  expect(() => new SqliteRunStore(held.file)).toThrow(expect.objectContaining({ code: 'STORE_VERSION' }) as Error);
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  db.close();
  held.store = new SqliteRunStore(held.file);
});
