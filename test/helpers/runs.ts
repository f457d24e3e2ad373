import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../src/core/events.js';
import { BugError } from '../../src/core/errors.js';
import type { JsonObject } from '../../src/core/json.js';
import type { Action, Plan, Step } from '../../src/core/plan.js';
import { Scrubber } from '../../src/core/secret.js';
import type { AnyStepHandler, StepHandler, StepHandlers } from '../../src/core/step.js';
import { executeSteps, type ExecuteOptions } from '../../src/runs/executor.js';
import { Journal } from '../../src/runs/journal.js';
import { SqliteRunStore } from '../../src/runs/sqlite-store.js';
import type { Operator, RunRecord } from '../../src/runs/store.js';
import { fakeClock } from './fake-clock.js';

export const OPERATOR: Operator = { name: 'ada', machine: 'laptop/0a1b2c', pid: 42, startedAt: '7' };

/** A step of no type: its handler is the test's own. */
export const step = (id: string, more: Partial<Step> = {}): Step =>
  ({ id, kind: id, title: `Do ${id}`, input: {}, ...more }) as Step;

/** An action of no type: its handler is the test's own. */
export const action = (kind: string, title: string, input: JsonObject = {}): Action =>
  ({ kind, title, input }) as Action;

/** Handlers by kind whose context is a log. */
export type Handlers = Readonly<Record<string, StepHandler<string[]>>>;

/** Finds a handler in a test's own table. */
export const handlersOf =
  (table: Handlers): StepHandlers<string[]> =>
  async (kind) => {
    const handler = table[kind];
    if (!handler) throw new BugError(`This test has no steps of kind "${kind}".`);
    return handler as unknown as AnyStepHandler<string[]>;
  };

export const plan = <F extends object = JsonObject>(
  steps: Step[],
  { facts, ...more }: Partial<Omit<Plan, 'facts'>> & { facts?: F } = {},
): Plan<F> => ({
  operation: 'test',
  subject: 'm1',
  title: 'A test',
  steps,
  guards: [],
  locks: [],
  fingerprint: 'f',
  ...more,
  facts: facts ?? ({} as F),
});

export const runRecord = (id: string, of: Plan): RunRecord => ({
  id,
  plan: of,
  status: 'running',
  operator: OPERATOR,
  createdAt: '2026-11-21T02:00:00.000Z',
});

/** A store in a folder of its own, and a way to open it again as another process would. */
export interface TempStore {
  file: string;
  store: SqliteRunStore;
  reopen(): Promise<SqliteRunStore>;
  dispose(): Promise<void>;
}

export function tempStore(): TempStore {
  const dir = mkdtempSync(join(tmpdir(), 'runs-'));
  const file = join(dir, 'deep', 'runs.db');
  const held: TempStore = {
    file,
    store: new SqliteRunStore(file),
    async reopen() {
      await held.store.close();
      held.store = new SqliteRunStore(file);
      return held.store;
    },
    async dispose() {
      await held.store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return held;
}

/** Runs a stored plan on, as a process that starts now would; `log` gets what handlers and events tell. */
export async function carryOut(
  { store }: TempStore,
  id: string,
  handlers: Handlers,
  more: Partial<Pick<ExecuteOptions<string[]>, 'resumed' | 'answers' | 'signal' | 'enter'>> & {
    log?: string[];
    events?: RunEvent[];
  } = {},
): Promise<Journal> {
  const run = await store.run(id);
  if (!run) throw new Error(`no run ${id}`);
  const journal = new Journal(
    id,
    run.plan,
    store,
    fakeClock(),
    new Scrubber(),
    (event) => void more.events?.push(event),
  );
  await journal.load();
  await executeSteps({
    ctx: more.log ?? [],
    withSignal: () => more.log ?? [],
    journal,
    handlers: handlersOf(handlers),
    enter: more.enter ?? (async (part) => void more.log?.push(`enter ${part.id}`)),
    signal: more.signal ?? new AbortController().signal,
    fence: () => 1,
    resumed: more.resumed ?? false,
    answers: more.answers ?? { rerun: new Set(), assumeDone: new Set() },
  });
  return journal;
}

/** A handler that writes into the log what it does. */
export const logs = (more: Partial<StepHandler<string[]>> = {}): StepHandler<string[]> => ({
  async apply(io) {
    io.ctx.push(`apply ${io.step.id}`);
  },
  ...more,
});
