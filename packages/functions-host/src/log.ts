import type { LogLevel } from './core/contract.js';

export interface LogEntry {
  level: LogLevel;
  category: string;
  message: string;
  function?: string;
  invocationId?: string;
}

export type Log = (entry: LogEntry) => void;

const levels: LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];
const shortestSecret = 6;

export interface LogSettings {
  /** host.json `logging.logLevel`: category prefix -> level. */
  logLevel: Record<string, string>;
  /** Setting name -> value; values of six characters or more are replaced by `[NAME]` in messages. */
  secrets: Record<string, string>;
}

/** A log that writes one JSON line per entry to `write`, filtered by category and with secrets taken out. */
export function createLog(write: (line: string) => void, settings: () => LogSettings): Log {
  return (entry) => {
    const { logLevel, secrets } = settings();
    if (levels.indexOf(entry.level) < levels.indexOf(thresholdFor(entry.category, logLevel))) return;
    const { level, category, function: fn, invocationId } = entry;
    const message = scrub(entry.message, secrets);
    write(JSON.stringify({ time: new Date().toISOString(), level, category, function: fn, invocationId, message }) + '\n');
  };
}

/** The longest prefix of the category in `logLevel` decides; then `default`; then information (specification 2.1). */
export function thresholdFor(category: string, logLevel: Record<string, string>): LogLevel {
  const lower = category.toLowerCase();
  const matches = Object.keys(logLevel).filter((key) => {
    const prefix = key.toLowerCase();
    return lower === prefix || lower.startsWith(prefix.endsWith('.') ? prefix : `${prefix}.`);
  });
  const best = matches.sort((a, b) => b.length - a.length)[0];
  const fallback = Object.keys(logLevel).find((key) => key.toLowerCase() === 'default');
  const named = (best ?? fallback) !== undefined ? logLevel[(best ?? fallback)!]?.toLowerCase() : undefined;
  return levels.find((level) => level === named) ?? 'information';
}

/** Puts `[NAME]` for values of six characters or more; longest first, so that one that contains another goes as a whole. */
export function scrub(message: string, secrets: Record<string, string | undefined>): string {
  return Object.entries(secrets)
    .filter((entry): entry is [string, string] => (entry[1]?.length ?? 0) >= shortestSecret)
    .sort(([, a], [, b]) => b.length - a.length)
    .reduce((text, [name, value]) => text.replaceAll(value, `[${name}]`), message);
}
