import { BugError, FanopsError, RemoteError } from '../core/errors.js';
import type { Style } from './style.js';
import { terminalText } from './terminal-text.js';
import { widthOf, wrap, wrapCommand } from './width.js';

/** An error as people read it: what happened, where, what to do, what to type next. Fits a screen of that width. */
export function renderError(
  error: FanopsError,
  style: Style,
  width = widthOf(process.stderr),
  rows = rowsOf(process.stderr),
): string {
  const lines = [wrap(`${style.bad('Error:')} ${error.message}`, width, 2)];
  const remote = error instanceof RemoteError ? error : error.cause instanceof RemoteError ? error.cause : undefined;
  if (remote?.command && remote.status !== undefined) {
    lines.push(
      style.dim(
        wrap(
          `  ${remote.host}: ${remote.command} -> ` +
            `${remote.status === null ? 'ended by a signal' : `exit ${remote.status}`}`,
          width,
          2,
        ),
      ),
    );
  }
  if (error.hint)
    lines.push(
      ...lastLines(
        error.hint.split('\n').flatMap((line) => wrap(`  ${line}`, width).split('\n')),
        room(rows),
      ),
    );
  if (typeof error.data?.evidence === 'string') lines.push(style.dim(`  Evidence: ${error.data.evidence}`));
  if (error.nextSteps.length > 0) {
    lines.push('', 'Next:', ...error.nextSteps.map((step) => wrapCommand(`  ${style.command(step)}`, width)));
  }
  if (error instanceof BugError && error.stack) {
    lines.push('', style.dim(error.stack), 'This is a fault of fanops. Please report it with the lines above.');
  }
  return terminalText(lines.join('\n'), style.coloured);
}

const rowsOf = (stream: NodeJS.WriteStream): number => (stream.isTTY ? stream.rows : Number.POSITIVE_INFINITY);

/** Lines for what a command printed at last: what happened and what to do next are to be seen above and below it. */
const room = (rows: number): number => Math.max(6, Math.min(20, rows - 12));

function lastLines(lines: string[], most: number): string[] {
  const hidden = lines.length - most;
  return hidden > 0 ? [`  ... ${hidden} earlier lines`, ...lines.slice(-most)] : lines;
}

/** The same for `--json`. `step` completes a command to type next. */
export function errorJson(
  error: FanopsError,
  step: (text: string) => string = (text) => text,
): Record<string, unknown> {
  const { message, code, exitCode, where, hint, nextSteps, data } = error;
  return { error: { name: error.name, message, code, exitCode, where, hint, nextSteps: nextSteps.map(step), data } };
}
