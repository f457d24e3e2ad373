import { Listr, PRESET_TIMER, type ListrTask, type ListrTaskWrapper } from 'listr2';
import type { RunEvent, RunListener, StepLabel } from '../../core/events.js';
import type { Style } from '../style.js';

type Task = ListrTaskWrapper<unknown, never, never>;

/** Decides how a task of the tree ends; listr2 runs the tasks, the run's events end them. */
class Row {
  task: Task | undefined;
  constructor(readonly place: StepLabel['parallel']) {}

  #end: ((outcome: { skip?: string; error?: Error }) => void) | undefined;
  readonly #ended = new Promise<{ skip?: string; error?: Error }>((resolve) => {
    this.#end = resolve;
  });

  async run(task: Task): Promise<void> {
    this.task = task;
    const { skip, error } = await this.#ended;
    if (skip) task.skip(skip);
    if (error) throw error;
  }

  end(outcome: { skip?: string; error?: Error } = {}): void {
    this.#end?.(outcome);
  }
}

/** Neighbours of one block together, every other step by itself. */
function blocksOf(steps: readonly StepLabel[]): StepLabel[][] {
  const blocks: StepLabel[][] = [];
  for (const step of steps) {
    const last = blocks.at(-1);
    if (step.parallel && last?.[0]?.parallel?.block === step.parallel.block) last.push(step);
    else blocks.push([step]);
  }
  return blocks;
}

/** A live tree of steps for a terminal. Only listr2 draws; its signal handlers stay off, since they end the process. */
export function treeProgress(style: Style, write: (line: string) => void): RunListener & { settled(): Promise<void> } {
  const rows = new Map<string, Row>();
  let listr: Listr | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let recoveries = 0;

  const title = (step: StepLabel): string => (step.host ? `${step.title} ${style.dim(`[${step.host}]`)}` : step.title);
  const taskOf = (id: string, text: string, place?: StepLabel['parallel']): ListrTask => {
    const row = new Row(place);
    rows.set(id, row);
    return { title: text, task: (_context, task) => row.run(task as unknown as Task) };
  };
  const add = (id: string, text: string): void => void listr?.add(taskOf(id, text));
  const addAll = (steps: readonly StepLabel[]): void => {
    for (const block of blocksOf(steps)) {
      const lanes = Map.groupBy(
        block.map((step) => ({ step, task: taskOf(step.id, title(step), step.parallel) })),
        ({ step }) => step.parallel?.lane ?? '',
      );
      if (lanes.size < 2) listr?.add([...lanes.values()].flat().map(({ task }) => task));
      else
        listr?.add({
          title: `${lanes.size} at once`,
          task: (_context, parent) =>
            parent.newListr(
              [...lanes].map(([lane, own]) => ({
                title: lane,
                task: (_inner, task) =>
                  task.newListr(
                    own.map((each) => each.task),
                    { concurrent: false, exitOnError: false },
                  ),
              })),
              { concurrent: true, exitOnError: false, rendererOptions: { collapseSubtasks: false } },
            ),
        });
    }
  };
  const elsewhere = (one: Row | undefined, other: Row): boolean =>
    one?.place !== undefined && other.place?.block === one.place.block && other.place.lane !== one.place.lane;
  const endBefore = (id: string): void => {
    const started = rows.get(id);
    for (const [key, row] of rows) {
      if (key === id) return;
      if (!elsewhere(started, row)) row.end();
    }
  };

  const listener = (event: RunEvent): void => {
    switch (event.type) {
      case 'run.started':
        write(style.dim(`Run ${event.runId}: ${event.title}`));
        listr = new Listr([], {
          concurrent: false,
          exitOnError: false,
          registerSignalListeners: false,
          rendererOptions: {
            collapseErrors: false,
            showErrorMessage: true,
            timer: PRESET_TIMER,
            removeEmptyLines: true,
          },
        });
        addAll(event.steps);
        // The failure reaches the user through the command's error.
        if (event.steps.length > 0) running = listr.run().catch(() => undefined);
        return;
      case 'steps.added':
        return event.steps.forEach((step) => add(step.id, title(step)));
      case 'step.started':
        return endBefore(event.id);
      case 'step.progress':
      case 'step.output': {
        const task = rows.get(event.id)?.task;
        if (task) task.output = event.type === 'step.output' ? style.dim(event.line) : event.message;
        return;
      }
      case 'step.done': {
        const row = rows.get(event.id);
        if (row?.task && event.detail)
          row.task.title = `${row.task.title}: ${style.dim(event.detail.split('\n')[0] ?? '')}`;
        return row?.end();
      }
      case 'step.failed':
        rows.get(event.id)?.end({ error: new Error(event.message) });
        // Other lanes go on.
        return rows.forEach((row) =>
          rows.get(event.id)?.place && row.place?.lane !== rows.get(event.id)?.place?.lane
            ? undefined
            : row.end({ skip: 'not run' }),
        );
      case 'recovery.started':
        rows.forEach((row) => row.end({ skip: 'not run' }));
        return add(`recovery-${++recoveries}`, style.warn(event.title));
      case 'recovery.done':
        return rows.get(`recovery-${recoveries}`)?.end();
      case 'recovery.failed':
        return rows.get(`recovery-${recoveries}`)?.end({ error: new Error(event.message) });
      case 'notice':
        return write(style.dim(`! ${event.message}`));
      case 'run.ended':
        return rows.forEach((row) => row.end({ skip: 'not run' }));
    }
  };
  return Object.assign(listener, { settled: async () => void (await running) });
}
