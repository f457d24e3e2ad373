import { mkdirSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MIGRATIONS } from '../../../src/runs/sqlite-schema.js';
import { SqliteRunStore } from '../../../src/runs/sqlite-store.js';
import { OPERATOR, plan, runRecord, step, tempStore, type TempStore } from '../../helpers/runs.js';

/** The schema as version 1 wrote it: it stays in this form for ever, whatever comes behind it. */
const VERSION_1 = `
  CREATE TABLE runs (id TEXT PRIMARY KEY, operation TEXT NOT NULL, subject TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL,
    operator TEXT NOT NULL, created_at TEXT NOT NULL, ended_at TEXT, error TEXT);
  CREATE TABLE steps (run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL, step TEXT NOT NULL, position INTEGER NOT NULL,
    status TEXT NOT NULL, attempts INTEGER NOT NULL, unchanged INTEGER NOT NULL, started_at TEXT, ended_at TEXT, outputs TEXT, error TEXT,
    PRIMARY KEY (run_id, step_id));
  CREATE TABLE effects (seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL,
    inverse TEXT NOT NULL, temporary INTEGER NOT NULL, state TEXT NOT NULL);
  CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, time TEXT NOT NULL,
    step_id TEXT, type TEXT NOT NULL, message TEXT NOT NULL);
  CREATE INDEX events_by_run ON events (run_id, seq);
  PRAGMA user_version = 1;`;
const PLAN = plan([step('a'), step('b')]);

let held: TempStore;
beforeEach(async () => {
  held = tempStore();
  await held.store.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${held.file}${end}`, { force: true });
  mkdirSync(dirname(held.file), { recursive: true });
  const db = new DatabaseSync(held.file);
  db.exec(VERSION_1);
  const run = runRecord('R1', PLAN);
  db.prepare(
    'INSERT INTO runs (id, plan, status, operator, created_at, operation, subject) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(run.id, JSON.stringify(PLAN), 'failed', JSON.stringify(OPERATOR), run.createdAt, 'test', 'm1');
  db.prepare(
    "INSERT INTO steps (run_id, step_id, step, position, status, attempts, unchanged) VALUES ('R1', 'a', ?, 0, 'done', 1, 0)",
  ).run(JSON.stringify(PLAN.steps[0]));
  db.prepare("INSERT INTO events (run_id, time, type, message) VALUES ('R1', ?, 'notice', 'old')").run(run.createdAt);
  db.close();
});
afterEach(() => held.dispose());

const version = (): unknown => {
  const db = new DatabaseSync(held.file);
  const row = db.prepare('PRAGMA user_version').get();
  db.close();
  return row?.user_version;
};

async function expectOldRun(store: SqliteRunStore): Promise<void> {
  expect(await store.run('R1')).toMatchObject({ id: 'R1', status: 'failed', plan: PLAN, operator: OPERATOR });
  expect((await store.steps('R1')).map(({ step: { id }, status }) => [id, status])).toEqual([['a', 'done']]);
  expect((await store.events('R1')).map(({ message }) => message)).toEqual(['old']);
}

test('a file of version 1 is read and written by this version', async () => {
  held.store = new SqliteRunStore(held.file);
  await expectOldRun(held.store);
  await held.store.createRun(runRecord('R2', PLAN));
  expect((await held.store.runs(9)).map(({ id }) => id).sort()).toEqual(['R1', 'R2']);
  expect(version()).toBe(MIGRATIONS.length);
});

test('what a later version adds is added once, and nothing of the old is lost', async () => {
  const later = [...MIGRATIONS, "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"];
  for (let time = 0; time < 2; time++) {
    held.store = new SqliteRunStore(held.file, later);
    await expectOldRun(held.store);
    expect(version()).toBe(later.length);
    await held.store.close();
  }
  held.store = new SqliteRunStore(held.file, later);
});

test('a step up that fails changes nothing: the old version goes on with the file', async () => {
  const broken = [...MIGRATIONS, 'CREATE TABLE extra (x TEXT)', 'ALTER TABLE nothing ADD COLUMN y TEXT'];
  expect(() => new SqliteRunStore(held.file, broken)).toThrow('nothing');
  const db = new DatabaseSync(held.file);
  expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'extra'").all()).toEqual([]);
  db.close();
  held.store = new SqliteRunStore(held.file);
  await expectOldRun(held.store);
});
