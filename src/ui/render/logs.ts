import type { LogEntry } from '../../core/log-entry.js';
import { visible } from '../../core/visible.js';
import type { Style } from '../style.js';

const SHORT: Record<LogEntry['level'], string> = {
  trace: 'trace',
  debug: 'debug',
  information: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'crit',
};

/** One entry as people read it: time, level, function, message; further lines of the message are indented. */
export function renderLogEntry({ time, level, source, message, raw }: LogEntry, style: Style): string {
  // A line that is no entry is shown as it is.
  if (message === raw) return visible(raw);
  const word = SHORT[level].padEnd(5);
  const marked =
    level === 'error' || level === 'critical' ? style.bad(word) : level === 'warning' ? style.warn(word) : word;
  return [style.dim(time ?? ''), marked, visible(source ?? '-'), visible(message).replaceAll('\n', '\n    ')].join(
    '  ',
  );
}
