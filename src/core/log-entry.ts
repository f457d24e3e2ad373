/** Levels of a service's log, lowest first. */
export const LOG_LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of a service's log. */
export interface LogEntry {
  /** The line as it stands in the log. */
  raw: string;
  /** ISO 8601; absent for a line that is no entry of the functions host. */
  time?: string;
  level: LogLevel;
  /** Name of the function, else the category. */
  source?: string;
  message: string;
}
