import { LOG_LEVELS, type LogEntry } from '../core/log-entry.js';

/**
 * Reads a line; one that is no JSON, such as what a crash prints, is its own message. @param error whether it is from
 * the error log.
 */
export function parseLogLine(raw: string, error: boolean): LogEntry {
  const plain: LogEntry = { raw, level: error ? 'error' : 'information', message: raw };
  if (!raw.startsWith('{')) return plain;
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

/** A rotated log as one, oldest line first: the last lines, those since a time (ISO 8601), or all. */
const READ = [
  'f=$1; [ -f "$f" ] || [ -f "$f.1" ] || exit 0',
  'all() { for i in 5 4 3 2 1; do if [ -f "$f.$i" ]; then cat -- "$f.$i"; fi; done; if [ -f "$f" ' +
    ']; then cat -- "$f"; fi; }',
  `since() { awk -v since="$1" 'match($0, /"time":"[^"]*"/) { t = substr($0, RSTART + 8, RLENGTH - 9) } t >= since'; }`,
  'if [ -n "$3" ]; then all | since "$3"; elif [ "$2" = all ]; then all',
  'elif [ -f "$f" ] && [ "$(tail -n "$2" -- "$f" | wc -l)" -ge "$2" ]; then tail -n "$2" -- "$f"; ' +
    'else all | tail -n "$2"; fi',
].join('\n');

/**
 * Prints a log with its rotated ones. @param lines how many of the last lines, or all. @param since ISO 8601 by the
 * clock of the host.
 */
export const readLog = (file: string, lines: number | 'all', since = ''): string[] => [
  'sh',
  '-c',
  READ,
  'read-log',
  file,
  String(lines),
  since,
];

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
