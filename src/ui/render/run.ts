import { formatDuration } from '../../core/duration.js';
import type { RunDetails, RunRow, StepDetails } from '../../operations/run/list.js';
import type { UndoResult } from '../../operations/run/undo.js';
import type { Style } from '../style.js';
import { fits, table } from '../table.js';
import { clockTime, when } from '../time.js';
import { padTo, widthOf, wrap } from '../width.js';
import { brief, nextSteps, paragraphs, type NextStep } from './parts.js';

function statusText(status: RunRow['status'], style: Style): string {
  if (status === 'succeeded') return style.good(status);
  return status === 'failed' || status === 'interrupted' ? style.bad(status) : style.warn(status);
}

const took = (from?: string, to?: string): string =>
  from && to ? formatDuration(Date.parse(to) - Date.parse(from)) : '-';

/** Runs as a table. */
export function runTable(runs: RunRow[], style: Style, now: number): string {
  const rows = runs.map((run) => [
    style.name(run.id),
    statusText(run.status, style),
    brief(run.title),
    when(run.createdAt, now),
    took(run.createdAt, run.endedAt),
    run.operator,
  ]);
  return table(['RUN', 'STATUS', 'WHAT', 'STARTED', 'TOOK', 'BY'], rows, style, widthOf(process.stdout), narrowRun);
}

/** A run in a narrow terminal: two lines. */
const narrowRun = ([id = '', status = '', title = '', started = '', time = '', by = '']: string[]): string =>
  [`${id}  ${status}  ${title}`, `    ${started}${time === '-' ? '' : `, took ${time}`}, by ${by}`]
    .map((line) => wrap(line, widthOf(process.stdout), 4))
    .join('\n');

/** What can be done about a run that is not through. */
function wayOut({ id, status }: RunRow): NextStep[] {
  if (status === 'succeeded' || status === 'undone' || status === 'running') return [];
  return [
    [`fanops runs resume ${id}`, 'goes on from where it stopped'],
    [`fanops runs undo ${id}`, 'takes away what it made'],
  ];
}

export function renderRuns(runs: RunRow[], style: Style, now = Date.now()): string {
  const [newest] = runs;
  if (!newest) return 'No run was made from this clone yet.';
  return [runTable(runs, style, now), ...nextSteps(wayOut(newest), style)].join('\n');
}

const STEP_STATES = { pending: 'pending', started: 'started', done: 'done', failed: 'failed' } as const;

function stepRow(step: RunDetails['steps'][number], style: Style): string[] {
  const state = step.status === 'done' && step.unchanged ? 'unchanged' : STEP_STATES[step.status];
  const colour = { pending: style.dim, started: style.warn, done: style.good, failed: style.bad }[step.status];
  const host = step.host ? ` [${step.host}]` : '';
  return [
    colour(state),
    style.name(step.id),
    `${step.title}${host}`,
    step.startedAt ? clockTime(step.startedAt) : '-',
    took(step.startedAt, step.endedAt),
    (step.error?.message ?? step.detail ?? '').split('\n')[0] ?? '',
  ];
}

/** Columns for states, and for what stands below a step. */
const STATE = 9;
const BELOW = ' '.repeat(STATE + 2);

/** A step in a narrow terminal: what it is below its name. */
const narrowStep = ([state = '', id = '', title = '', , time = '', detail = '']: string[]): string =>
  [
    `${padTo(state, STATE)}  ${id}  ${time}`,
    ...[title, detail].filter(Boolean).map((text) => wrap(`${BELOW}${text}`, widthOf(process.stdout))),
  ].join('\n');

/**
 * The steps of a run: with what each tells beside it, below it, or all of a step in lines of its own, as the terminal
 * is wide.
 */
function stepTable(steps: RunDetails['steps'], style: Style, width: number): string {
  const rows = steps.map((step) => stepRow(step, style));
  const head = ['STATE', 'STEP', 'WHAT', 'AT', 'TOOK'];
  const all = table(
    [...head, ''],
    rows.map((row) => [...row.slice(0, -1), brief(row.at(-1) ?? '')]),
    style,
    Number.POSITIVE_INFINITY,
  );
  if (fits(all, width)) return all;
  const short = table(
    head,
    rows.map((row) => row.slice(0, -1)),
    style,
    Number.POSITIVE_INFINITY,
  );
  if (!fits(short, width)) return rows.map(narrowStep).join('\n');
  const lines = short.split('\n');
  return [
    lines[0],
    ...rows.flatMap((row, at) => [
      lines[at + 1] ?? '',
      ...(row.at(-1) ? [wrap(`${BELOW}${style.dim(row.at(-1) ?? '')}`, width)] : []),
    ]),
  ].join('\n');
}

/** What a run made and did not take away, one a line. */
function effectLines(effects: RunDetails['effects']): string[] {
  return effects.map(
    ({ title, state, temporary }) =>
      `  - ${title}${state === 'made' ? '' : ' (may not have been made)'}${temporary ? ' (temporary)' : ''}`,
  );
}

/** How many lines of a step's output are shown with its run. */
const LAST_LINES = 8;

/** The last lines that the commands of each step printed. */
function output({ run, steps, events }: RunDetails, style: Style): string[] {
  return steps.flatMap((step) => {
    const lines = events
      .filter((event) => event.step === step.id && event.type === 'step.output' && event.message.trim() !== '')
      .map((event) => event.message);
    if (lines.length === 0) return [];
    const hidden = lines.length - LAST_LINES;
    const earlier =
      hidden > 0
        ? [style.dim(`  ... ${hidden} earlier: `) + style.command(`fanops runs show ${run.id} --step ${step.id}`)]
        : [];
    return [style.name(step.id), ...earlier, ...lines.slice(-LAST_LINES).map((line) => `  | ${line}`)];
  });
}

export function renderRun(details: RunDetails, style: Style, withEvents: boolean, now = Date.now()): string {
  const { run, steps, effects, events } = details;
  const printed = withEvents ? [] : output(details, style);
  const lasted = run.endedAt ? `, took ${took(run.createdAt, run.endedAt)}` : '';
  const history = events.map(
    (event) => `${style.dim(clockTime(event.time))}  ${event.step ? `${event.step}: ` : ''}${event.message}`,
  );
  return paragraphs(
    [
      `${style.bold(run.title)}  ${statusText(run.status, style)}`,
      style.dim(`Run ${run.id} by ${run.operator}, started ${when(run.createdAt, now)}${lasted}`),
      ...(run.error ? [wrap(`${style.bad('Error:')} ${run.error}`, widthOf(process.stdout), 2)] : []),
    ].join('\n'),
    steps.length > 0 ? stepTable(steps, style, widthOf(process.stdout)) : 'It has no steps.',
    printed.length > 0 ? ['Output', ...printed].join('\n') : undefined,
    effects.length > 0
      ? ['An undo would do this, in this order:', ...effectLines([...effects].reverse())].join('\n')
      : undefined,
    withEvents ? ['History', ...history].join('\n') : undefined,
    nextSteps(wayOut(run), style).slice(1).join('\n'),
  );
}

/** JSON with blanks, so that it can be broken. */
const spaced = (value: unknown): string => JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');

/** One step in full. */
export function renderStep({ run, step, events }: StepDetails, style: Style, now = Date.now()): string {
  const facts: [string, string][] = [
    ['Kind', step.kind],
    ...(step.host ? [['Host', step.host] as [string, string]] : []),
    ['State', stepRow(step, style)[0] ?? ''],
    [
      'Started',
      step.startedAt ? `${when(step.startedAt, now)}${step.attempts > 1 ? `, attempt ${step.attempts}` : ''}` : '-',
    ],
    ['Took', took(step.startedAt, step.endedAt)],
    ['Input', spaced(step.input)],
    ...(step.outputs && Object.keys(step.outputs).length > 0
      ? [['Outputs', spaced(step.outputs)] as [string, string]]
      : []),
  ];
  const { error } = step;
  return paragraphs(
    [
      `${style.bold(step.title)}  ${style.name(step.id)}`,
      style.dim(`Run ${run.id}: ${run.title}`),
      ...facts.map(([name, value]) => `${style.dim(name.padEnd(7))}  ${value}`),
    ].join('\n'),
    error &&
      [
        `${style.bad('Error:')} ${error.message}`,
        ...(error.hint ? error.hint.split('\n').map((line) => `  ${line}`) : []),
      ].join('\n'),
    events.length > 0
      ? [
          'History',
          ...events.map(
            (event) =>
              `${style.dim(clockTime(event.time))}  ` +
              `${event.type === 'step.output' ? `| ${event.message}` : event.message}`,
          ),
        ].join('\n')
      : undefined,
  );
}

export const renderResumed = (id: string, style: Style): string =>
  `${style.good('Done.')} Run ${id} went on to its end.`;

/** What an undo is about to do, for the question before it. */
export function renderEffects({ run, effects }: RunDetails, style: Style): string {
  if (effects.length === 0) return `${style.bold(run.title)} left nothing that could be taken away.`;
  return [`Undo ${style.bold(run.title)}:`, ...effectLines([...effects].reverse())].join('\n');
}

export function renderUndone({ run, undone, left }: UndoResult, style: Style): string {
  const head = undone.length > 0 ? `Run ${run} is undone:` : `Run ${run} is undone; it had left nothing.`;
  return [
    head,
    ...undone.map((title) => `  ${style.good('done')}  ${title}`),
    ...left.map(({ title, why }) => `  ${style.bad('left')}  ${title}: ${why}`),
  ].join('\n');
}
