import { parseTimeSpan } from '../config/timespan.js';
import { parseCron } from './ncrontab.js';
import { nextOccurrence } from './occurrences.js';

export interface Schedule {
  /** Strictly after `base`; undefined = never. */
  next(base: Date): Date | undefined;
  /** True for cron, false for a TimeSpan. */
  adjustForDst: boolean;
  /** False where the schedule runs more often than once a minute: no monitor then (specification 4). */
  monitorable: boolean;
}

/** Five or six cron fields, else a TimeSpan (specification 4). Throws an Error for a person. */
export function parseSchedule(text: string): Schedule {
  if (/\s/.test(text.trim())) {
    const cron = parseCron(text);
    return { next: (base) => nextOccurrence(cron, base), adjustForDst: true, monitorable: !cron.everyMinuteRepeatedly };
  }
  const interval = parseTimeSpan(text);
  if (interval === undefined || interval <= 0) {
    throw new Error(`the schedule "${text}" is neither NCRONTAB (5 or 6 fields) nor a TimeSpan such as 00:05:00`);
  }
  return { next: (base) => new Date(base.getTime() + interval), adjustForDst: false, monitorable: interval >= 60_000 };
}
