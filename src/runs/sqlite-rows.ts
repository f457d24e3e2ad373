import type { Step } from '../core/plan.js';
import type { RunRecord, StepRecord } from './store.js';

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
