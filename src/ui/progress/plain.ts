import { formatDuration } from '../../core/duration.js';
import type { RunEvent, RunListener } from '../../core/events.js';

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
  return (event: RunEvent) => {
    switch (event.type) {
      case 'run.started':
        return write(`${event.resumed ? 'Resuming' : 'Run'} ${event.runId}: ${event.title}`);
      case 'step.started':
        close();
        open = true;
        return write(`${actions ? '::group::' : '> '}${event.title}${event.host ? ` [${event.host}]` : ''}`);
      case 'step.progress':
        return write(`  . ${event.message}`);
      case 'step.output':
        return write(`  | ${event.line}`);
      case 'step.done':
        return write(`  ok ${event.unchanged ? '(nothing to change) ' : ''}${event.detail ? `${event.detail} ` : ''}(${formatDuration(event.ms)})`);
      case 'step.failed':
        close();
        return write(actions ? `::error::${escapeAnnotation(event.message)}` : `  FAILED ${event.message}`);
      case 'recovery.started':
        close();
        return write(`< ${event.title}`);
      case 'recovery.failed':
        return write(`${actions ? '::error::' : '  FAILED '}${event.title}: ${actions ? escapeAnnotation(event.message) : event.message}`);
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

/** Workflow commands end at a line feed: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
const escapeAnnotation = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
