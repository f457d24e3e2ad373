import type { TypedData } from '../core/contract.js';
import type { ScheduleStatus } from './monitor.js';
import type { Schedule } from './schedule.js';

const neverRan = '0001-01-01T00:00:00+00:00';

/** The timer object as the host serialises it; the library lower-cases the first letters (specification 4). */
export function timerInfo(schedule: Schedule, status: ScheduleStatus | undefined, isPastDue: boolean): TypedData {
  const ScheduleStatus = status
    ? { Last: localIso(status.last), Next: localIso(status.next), LastUpdated: localIso(status.lastUpdated) }
    : null;
  return { json: JSON.stringify({ Schedule: { AdjustForDST: schedule.adjustForDst }, ScheduleStatus, IsPastDue: isPastDue }) };
}

/** ISO text in the process's zone with its offset. */
export function localIso(iso: string | undefined): string {
  if (!iso) return neverRan;
  const date = new Date(iso);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  const pad = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${local}${minutes < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}
