import { formatDuration } from '../../core/duration.js';
import type { RunEvent, RunListener, StepLabel } from '../../core/events.js';
import { jsonText } from '../terminal-text.js';

/** One JSON object per event, for programs that follow a run. */
export const jsonProgress =
  (write: (line: string) => void): RunListener =>
  (event) =>
    write(jsonText(event));

export interface PlainOptions {
  write: (line: string) => void;
  /** True under GitHub Actions: steps become groups, failures annotations. */
  actions?: boolean;
}

/** One line per thing that happens: for logs and CI. */
export function plainProgress({ write, actions = false }: PlainOptions): RunListener {
  let open = false;
  const close = (): void => {
    if (actions && open) write('::endgroup::');
    open = false;
  };
  // Of lanes that go on at once each line says whose it is; groups would mix them.
  const lanes = new Map<string, string>();
  const lane = (id: string): string => (lanes.has(id) ? `[${lanes.get(id)}] ` : '');
  const note = (steps: StepLabel[]): void =>
    steps.forEach(({ id, parallel }) => void (parallel && lanes.set(id, parallel.lane)));
  return (event: RunEvent) => {
    switch (event.type) {
      case 'steps.added':
        return note(event.steps);
      case 'run.started':
        note(event.steps);
        return write(`${event.resumed ? 'Resuming' : 'Run'} ${event.runId}: ${event.title}`);
      case 'step.started':
        close();
        if (lanes.has(event.id)) return write(`> ${event.title} ${lane(event.id).trim()}`);
        open = true;
        return write(`${actions ? '::group::' : '> '}${event.title}${event.host ? ` [${event.host}]` : ''}`);
      case 'step.progress':
        return write(`  . ${lane(event.id)}${event.message}`);
      case 'step.output':
        return write(`  | ${lane(event.id)}${event.line}`);
      case 'step.done':
        return write(
          `  ok ${lane(event.id)}${event.unchanged ? '(nothing to change) ' : ''}` +
            `${event.detail ? `${event.detail} ` : ''}(${formatDuration(event.ms)})`,
        );
      case 'step.failed':
        close();
        return write(
          actions
            ? `::error::${escapeAnnotation(`${lane(event.id)}${event.message}`)}`
            : `  FAILED ${lane(event.id)}${event.message}`,
        );
      case 'recovery.started':
        close();
        return write(`< ${event.title}`);
      case 'recovery.failed':
        return write(
          `${actions ? '::error::' : '  FAILED '}${event.title}: ` +
            `${actions ? escapeAnnotation(event.message) : event.message}`,
        );
      case 'notice':
        return write(`${actions ? '::notice::' : '! '}${actions ? escapeAnnotation(event.message) : event.message}`);
      case 'run.ended':
        close();
        return write(`Run ${event.runId} ${event.status} after ${formatDuration(event.ms)}`);
      default:
        return undefined;
    }
  };
}

/**
 * Workflow commands end at a line feed: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
const escapeAnnotation = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
