import type { LogLevel } from './core/contract.js';

interface LogEntry {
  level: LogLevel;
  category: string;
  message: string;
  function?: string;
  invocationId?: string;
}

export interface Log {
  (entry: LogEntry): void;
  /** Whether an entry would be written: ask before building a costly message. */
  enabled?: (level: LogLevel, category: string) => boolean;
}

const levels: LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];
const shortestSecret = 6;
/** Characters from which a line of a secret of several lines is masked by itself. */
const longLine = 8;

export interface LogSettings {
  /** host.json `logging.logLevel`: category prefix -> level. */
  logLevel: Record<string, string>;
  /**
   * Setting name -> value; values of six characters or more, and the long lines of one with several, are replaced by
   * `[NAME]` in messages.
   */
  secrets: Record<string, string>;
}

/**
 * A log that writes one JSON line per entry to `write`, filtered by category and with secrets taken out. All are
 * urgent but the host's own lines on invocations that went well. The members of `settings()` may be replaced by new
 * objects at any time.
 */
export function createLog(write: (line: string, urgent: boolean) => void, settings: () => LogSettings): Log {
  let logLevel: LogSettings['logLevel'] | undefined;
  let secrets: LogSettings['secrets'] | undefined;
  let clean: (message: string) => string = (message) => message;
  const thresholds = new Map<string, number>();

  const refresh = (): void => {
    const current = settings();
    if (current.logLevel !== logLevel) thresholds.clear();
    if (current.secrets !== secrets) clean = scrubber(current.secrets);
    ({ logLevel, secrets } = current);
  };
  const enabled = (level: LogLevel, category: string): boolean => {
    refresh();
    let threshold = thresholds.get(category);
    if (threshold === undefined) {
      threshold = levels.indexOf(thresholdFor(category, logLevel ?? {}));
      if (thresholds.size < 10_000) thresholds.set(category, threshold); // categories come from the app's names
    }
    return levels.indexOf(level) >= threshold && level !== 'none';
  };
  const log = (entry: LogEntry): void => {
    const { level, category, function: fn, invocationId, message } = entry;
    if (!enabled(level, category)) return;
    const line = JSON.stringify({
      time: new Date().toISOString(),
      level,
      category,
      function: fn,
      invocationId,
      message: clean(message),
    });
    const routine = level === 'information' && category.startsWith('Function.') && !category.endsWith('.User');
    write(`${line}\n`, !routine);
  };
  return Object.assign(log, { enabled });
}

/**
 * The rule with the longest prefix of the category decides; then `Default`; then information. A rule may hold one `*`
 * (specification 2.1).
 */
export function thresholdFor(category: string, logLevel: Record<string, string>): LogLevel {
  const lower = category.toLowerCase();
  let best: string | undefined;
  for (const key of Object.keys(logLevel)) {
    const [prefix = '', suffix = ''] = key.toLowerCase().split('*');
    const matches = lower.startsWith(prefix) && lower.endsWith(suffix) && lower.length >= prefix.length + suffix.length;
    if (matches && (best === undefined || key.length > best.length)) best = key;
  }
  best ??= Object.keys(logLevel).find((key) => key.toLowerCase() === 'default');
  const named = best === undefined ? undefined : logLevel[best]?.toLowerCase();
  return levels.find((level) => level === named) ?? 'information';
}

/**
 * Puts `[NAME]` for values of six characters or more; longest first, so that one that contains another goes as a whole.
 */
export function scrub(message: string, secrets: Record<string, string | undefined>): string {
  return scrubber(secrets)(message);
}

function scrubber(secrets: Record<string, string | undefined>): (message: string) => string {
  const known = Object.entries(secrets)
    .flatMap(([name, value]) => formsOf(value ?? '').map((form): [string, string] => [name, form]))
    .filter(([, value]) => value.length >= shortestSecret)
    .sort(([, a], [, b]) => b.length - a.length);
  return (message) =>
    known.reduce((text, [name, value]) => (text.includes(value) ? text.replaceAll(value, `[${name}]`) : text), message);
}

/**
 * A value as it may stand in a message: as it is, and in JSON. Of one with several lines, such as a private key, each
 * long line counts, since apps
 * print them one by one, indented, or with other ends.
 */
function formsOf(value: string): string[] {
  const lines = value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= longLine);
  return [
    ...new Set(
      [value, ...(/\n/.test(value.trim()) ? lines : [])].flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]),
    ),
  ];
}
