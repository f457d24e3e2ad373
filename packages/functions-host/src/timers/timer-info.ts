import type { TypedData } from '../core/contract.js';
import { isoWithOffset } from './iso.js';
import type { Schedule } from './schedule.js';
import type { ScheduleStatus } from './status-store.js';

/** The timer object as the host serialises it; the library lower-cases the first letters (specification 4). */
export function timerInfo(schedule: Schedule, status: ScheduleStatus | undefined, isPastDue: boolean): TypedData {
  const ScheduleStatus = status
    ? {
        Last: isoWithOffset(status.last),
        Next: isoWithOffset(status.next),
        LastUpdated: isoWithOffset(status.lastUpdated),
      }
    : null;
  return {
    json: JSON.stringify({ Schedule: { AdjustForDST: schedule.adjustForDst }, ScheduleStatus, IsPastDue: isPastDue }),
  };
}
