import type { Schedule } from './schedule.js';
import type { ScheduleStatus, StatusStore } from './status-store.js';

export interface PastDueCheck {
  /** A run was missed and is due at once, however many were missed. */
  pastDue: boolean;
  /** What to go on from; undefined where nothing was stored before. */
  status?: ScheduleStatus;
}

/**
 * Compares the stored status with the schedule when a timer starts (specification 4). A new timer, or one whose
 * schedule changed,
 * gets a fresh status; runs that the old schedule missed are not made up.
 */
export async function checkPastDue(
  store: StatusStore,
  functionName: string,
  schedule: Schedule,
  now: Date,
): Promise<PastDueCheck> {
  const stored = await store.read(functionName);
  if (!stored) {
    await store.write(functionName, { next: iso(schedule.next(now)), lastUpdated: now.toISOString() });
    return { pastDue: false };
  }
  const base = new Date(stored.last ?? stored.lastUpdated ?? now);
  const expected = schedule.next(base);
  if (iso(expected) === stored.next) return { pastDue: expected !== undefined && now > expected, status: stored };
  const passed = expected === undefined || now > expected;
  const status = passed
    ? { next: iso(schedule.next(now)), lastUpdated: now.toISOString() }
    : { next: iso(expected), lastUpdated: base.toISOString() };
  await store.write(functionName, status);
  return { pastDue: false, status };
}

function iso(date: Date | undefined): string | undefined {
  return date?.toISOString();
}
