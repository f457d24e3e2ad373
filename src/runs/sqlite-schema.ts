import type { Step } from '../core/plan.js';
import type { RunRecord, StepRecord } from './store.js';

/**
 * The store's schema, one statement list per version; `PRAGMA user_version` tells how many are applied. Only ever
 * append.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE runs (
     id TEXT PRIMARY KEY, operation TEXT NOT NULL, subject TEXT NOT NULL, plan TEXT NOT NULL, status TEXT NOT NULL,
     operator TEXT NOT NULL, created_at TEXT NOT NULL, ended_at TEXT, error TEXT);
   CREATE TABLE steps (
     run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL, step TEXT NOT NULL, position INTEGER NOT NULL,
     status TEXT NOT NULL, attempts INTEGER NOT NULL, unchanged INTEGER NOT NULL, started_at TEXT, ended_at TEXT, outputs TEXT, error TEXT,
     PRIMARY KEY (run_id, step_id));
   CREATE TABLE effects (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step_id TEXT NOT NULL,
     inverse TEXT NOT NULL, temporary INTEGER NOT NULL, state TEXT NOT NULL);
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, time TEXT NOT NULL,
     step_id TEXT, type TEXT NOT NULL, message TEXT NOT NULL);
   CREATE INDEX events_by_run ON events (run_id, seq);`,
  `CREATE TABLE parts (
     run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, part_id TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (run_id, part_id));
   ALTER TABLE steps ADD COLUMN part_id TEXT;`,
];

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>;

export const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
const parse = <T>(value: unknown): T | undefined => (typeof value === 'string' ? (JSON.parse(value) as T) : undefined);
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export function toRun(row: Row): RunRecord {
  return {
    id: String(row.id),
    plan: JSON.parse(String(row.plan)) as RunRecord['plan'],
    status: row.status as RunRecord['status'],
    operator: JSON.parse(String(row.operator)) as RunRecord['operator'],
    createdAt: String(row.created_at),
    endedAt: text(row.ended_at),
    error: parse(row.error),
  };
}

export function toStep(row: Row): StepRecord {
  return {
    runId: String(row.run_id),
    step: JSON.parse(String(row.step)) as Step,
    part: text(row.part_id),
    position: Number(row.position),
    status: row.status as StepRecord['status'],
    attempts: Number(row.attempts),
    unchanged: row.unchanged === 1,
    startedAt: text(row.started_at),
    endedAt: text(row.ended_at),
    outputs: parse(row.outputs),
    error: parse(row.error),
  };
}
