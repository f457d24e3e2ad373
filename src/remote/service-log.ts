import { runScript } from '../core/host-script.js';
import { LOG_LEVELS, type LogEntry } from '../core/log-entry.js';

/**
 * Reads a line; one that is no JSON, such as what a crash prints, is its own message, behind its time where it begins
 * with one. @param error whether it is from
 * the error log.
 */
export function parseLogLine(raw: string, error: boolean): LogEntry {
  const plain: LogEntry = { raw, level: error ? 'error' : 'information', message: raw };
  if (!raw.startsWith('{')) {
    const [, time, message = ''] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s.exec(raw) ?? [];
    return time === undefined ? plain : { ...plain, time, message };
  }
  try {
    const { time, level, category, function: fn, message } = JSON.parse(raw) as Record<string, unknown>;
    if (typeof time !== 'string' || typeof message !== 'string') return plain;
    const known = LOG_LEVELS.find((each) => each === level) ?? plain.level;
    const source = [fn, category].find((each): each is string => typeof each === 'string');
    return { raw, time, level: known, source, message };
  } catch {
    return plain;
  }
}

/**
 * Prints a log with its rotated ones. @param lines how many of the last lines, or all. @param since ISO 8601 by the
 * clock of the host.
 */
export const readLog = (file: string, lines: number | 'all', since = ''): string[] =>
  runScript('log-read', 'read-log', file, String(lines), since);

/** Prints the last lines of a log and what comes, through rotations, until the channel closes. */
export const followLog = (file: string, lines: number): string[] => ['tail', '-n', String(lines), '-F', '--', file];

/** Prints the size of each folder of logs, as `du -sk` does. */
export const logSizes = (base: string): string[] => [
  'sh',
  '-c',
  'for d in "$1"/services/*/logs "$1"/router; do if [ -d "$d" ]; then du -sk -- "$d"; fi; done',
  'log-sizes',
  base,
];
