import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { diskFullError, isDiskFull, isOutOfSpace } from '../core/disk-full.js';
import { FanopsError, PreconditionError, messageOf } from '../core/errors.js';
import type { PlanPart, Step } from '../core/plan.js';
import { json, MIGRATIONS, text, toRun, toStep, type Row } from './sqlite-schema.js';
import type { EffectRecord, EventRecord, RunRecord, RunStore, StepRecord } from './store.js';

/**
 * SQLite's primary result codes: no space, an error of reading or writing, and a file that cannot be opened (its log
 * cannot be made).
 */
const [SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN] = [13, 10, 14];

/** Those of what the user may not do there: a file that is read-only, and a folder. */
const [SQLITE_PERM, SQLITE_READONLY] = [3, 8];

/**
 * A full disk as such; SQLite calls it an I/O error where it extends the log's index. What the user may not write is no
 * fault of fanops.
 */
function storeError(file: string, error: unknown): unknown {
  const code = Number((error as { errcode?: unknown }).errcode ?? 0) & 0xff;
  const full =
    code === SQLITE_FULL || isDiskFull(error) || ([SQLITE_IOERR, SQLITE_CANTOPEN].includes(code) && isOutOfSpace(file));
  if (full) return diskFullError(file, error);
  if (![SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY].includes(code)) return error;
  return new PreconditionError(`${file} cannot be opened or written: ${messageOf(error)}`, {
    code: 'STATE',
    where: file,
    cause: error,
    hint: `Runs are kept there: make it, and ${dirname(file)}, yours to write. fanops doctor says more.`,
  });
}

/** The run store on a SQLite file beside the fleet file. Each write is its own durable transaction. */
export class SqliteRunStore implements RunStore {
  readonly #db: DatabaseSync;
  readonly #file: string;

  /**
   * A file of an older fanops is brought up to date, all of it or nothing.
   * @throws FanopsError when the file was written by a newer fanops, and (code DISK_FULL) when there is no space for
   * it; so do all writes.
   */
  constructor(file: string, migrations: readonly string[] = MIGRATIONS) {
    this.#file = file;
    this.#db = this.#told(() => {
      mkdirSync(dirname(file), { recursive: true });
      return new DatabaseSync(file, { timeout: 10_000 });
    });
    try {
      this.#told(() => {
        this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
        this.#migrate(file, migrations);
      });
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(this.#file, error);
    }
  }

  #version(): number {
    return Number((this.#db.prepare('PRAGMA user_version').get() as Row).user_version);
  }

  #migrate(file: string, migrations: readonly string[]): void {
    // Nearly always: then opening the file writes nothing, and waits for nobody.
    if (this.#version() === migrations.length) return;
    this.#inTransaction(() => {
      const version = this.#version();
      if (version > migrations.length) {
        throw new FanopsError(
          `${file} was written by a newer fanops (schema ${version}, this one knows ${migrations.length}).`,
          {
            code: 'STORE_VERSION',
            hint: 'Update fanops, or use another clone of the fleet.',
          },
        );
      }
      for (const statement of migrations.slice(version)) this.#db.exec(statement);
      this.#db.exec(`PRAGMA user_version = ${migrations.length}`);
    });
  }

  #inTransaction<T>(work: () => T): T {
    return this.#told(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#told(() => this.#db.prepare(sql).run(...values));
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#told(() => this.#db.prepare(sql).all(...values)) as Row[];
  }

  async createRun(run: RunRecord): Promise<void> {
    this.#inTransaction(() => {
      this.#run(
        'INSERT INTO runs (id, plan, status, operator, created_at, operation, subject) VALUES (?, ?, ?, ?, ?, ?, ?)',
        run.id,
        JSON.stringify(run.plan),
        run.status,
        JSON.stringify(run.operator),
        run.createdAt,
        run.plan.operation,
        run.plan.subject,
      );
      run.plan.steps.forEach((step, position) => this.#insertStep(run.id, step, position));
    });
  }

  #insertStep(runId: string, step: Step, position: number, part?: string): void {
    this.#run(
      `INSERT INTO steps (run_id, step_id, step, position, status, attempts, unchanged, part_id)
       VALUES (?, ?, ?, ?, 'pending', 0, 0, ?)`,
      runId,
      step.id,
      JSON.stringify(step),
      position,
      part ?? null,
    );
  }

  async updateRun(id: string, change: Parameters<RunStore['updateRun']>[1]): Promise<void> {
    this.#run(
      `UPDATE runs SET status = COALESCE(?, status), ended_at = COALESCE(?, ended_at),
       error = COALESCE(?, error), operator = COALESCE(?, operator) WHERE id = ?`,
      change.status ?? null,
      change.endedAt ?? null,
      json(change.error),
      json(change.operator),
      id,
    );
  }

  async run(id: string): Promise<RunRecord | undefined> {
    const row = this.#all('SELECT * FROM runs WHERE id = ?', id)[0];
    return row && toRun(row);
  }

  async runs(limit: number): Promise<RunRecord[]> {
    return this.#all('SELECT * FROM runs ORDER BY created_at DESC, id DESC LIMIT ?', limit).map(toRun);
  }

  async steps(runId: string): Promise<StepRecord[]> {
    return this.#all('SELECT * FROM steps WHERE run_id = ? ORDER BY position', runId).map(toStep);
  }

  async saveStep(r: StepRecord): Promise<void> {
    this.#run(
      `UPDATE steps SET status = ?, attempts = ?, unchanged = ?, started_at = ?, ended_at = ?, outputs = ?, error = ?
       WHERE run_id = ? AND step_id = ?`,
      r.status,
      r.attempts,
      r.unchanged ? 1 : 0,
      r.startedAt ?? null,
      r.endedAt ?? null,
      json(r.outputs),
      json(r.error),
      r.runId,
      r.step.id,
    );
  }

  async insertSteps(runId: string, afterId: string, steps: Step[]): Promise<void> {
    this.#inTransaction(() => this.#insertBehind(runId, afterId, steps));
  }

  /** Steps that a step adds belong to its own part, unless they are those of a new one. */
  #insertBehind(runId: string, afterId: string, steps: readonly Step[], part?: string): void {
    const known = new Set(
      this.#all('SELECT step_id FROM steps WHERE run_id = ?', runId).map((row) => String(row.step_id)),
    );
    const fresh = steps.filter((step) => !known.has(step.id));
    const after = this.#all('SELECT position, part_id FROM steps WHERE run_id = ? AND step_id = ?', runId, afterId)[0];
    if (!after) throw new FanopsError(`Run ${runId} has no step ${afterId}.`, { code: 'STORE' });
    const position = Number(after.position);
    this.#run(
      'UPDATE steps SET position = position + ? WHERE run_id = ? AND position > ?',
      fresh.length,
      runId,
      position,
    );
    fresh.forEach((step, index) => this.#insertStep(runId, step, position + 1 + index, part ?? text(after.part_id)));
  }

  async addPart(runId: string, part: PlanPart): Promise<void> {
    this.#inTransaction(() => {
      if (this.#all('SELECT 1 FROM parts WHERE run_id = ? AND part_id = ?', runId, part.id).length > 0) return;
      this.#run('INSERT INTO parts (run_id, part_id, part) VALUES (?, ?, ?)', runId, part.id, JSON.stringify(part));
      this.#insertBehind(runId, part.id, part.steps, part.id);
    });
  }

  async parts(runId: string): Promise<PlanPart[]> {
    return this.#all('SELECT part FROM parts WHERE run_id = ? ORDER BY rowid', runId).map(
      (row) => JSON.parse(String(row.part)) as PlanPart,
    );
  }

  async addEffect(effect: Omit<EffectRecord, 'seq'>): Promise<number> {
    const [row] = this.#all(
      'INSERT INTO effects (run_id, step_id, inverse, temporary, state) VALUES (?, ?, ?, ?, ?) RETURNING seq',
      effect.runId,
      effect.stepId,
      JSON.stringify(effect.inverse),
      effect.temporary ? 1 : 0,
      effect.state,
    );
    return Number(row?.seq);
  }

  async setEffect(runId: string, seq: number, state: EffectRecord['state']): Promise<void> {
    this.#run('UPDATE effects SET state = ? WHERE run_id = ? AND seq = ?', state, runId, seq);
  }

  async effects(runId: string): Promise<EffectRecord[]> {
    return this.#all('SELECT * FROM effects WHERE run_id = ? ORDER BY seq', runId).map((row) => ({
      runId: String(row.run_id),
      seq: Number(row.seq),
      stepId: String(row.step_id),
      inverse: JSON.parse(String(row.inverse)) as EffectRecord['inverse'],
      temporary: row.temporary === 1,
      state: row.state as EffectRecord['state'],
    }));
  }

  async addEvent(runId: string, event: Omit<EventRecord, 'seq'>): Promise<void> {
    this.#run(
      'INSERT INTO events (run_id, time, step_id, type, message) VALUES (?, ?, ?, ?, ?)',
      runId,
      event.time,
      event.stepId ?? null,
      event.type,
      event.message,
    );
  }

  async events(runId: string): Promise<EventRecord[]> {
    return this.#all('SELECT * FROM events WHERE run_id = ? ORDER BY seq', runId).map((row) => ({
      seq: Number(row.seq),
      time: String(row.time),
      stepId: text(row.step_id),
      type: String(row.type),
      message: String(row.message),
    }));
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}
