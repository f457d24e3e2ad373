import type { Cron } from './ncrontab.js';

const second = 1000;
const day = 86_400_000;
const horizonYears = 30;

/**
 * The next time strictly after `base`, in the process's zone, or undefined if there is none (30 February).
 * A time that a clock change skips moves forward. In the repeated hour interval-like schedules run through both
 * passes, points in time once (specification 4).
 */
export function nextOccurrence(cron: Cron, base: Date): Date | undefined {
  let wall = wallClock(base);
  for (;;) {
    const nextWall = nextWallClock(cron, wall + second);
    if (nextWall === undefined) return undefined;
    if (cron.intervalLike) {
      const across = acrossClockChange(cron, base, nextWall);
      if (across) return across;
    }
    const next = fromWallClock(nextWall);
    if (next > base) return next;
    wall = nextWall;
  }
}

/** When the clock is set back before the next time, the schedule goes on from there on the new clock. */
function acrossClockChange(cron: Cron, base: Date, nextWall: number): Date | undefined {
  const oldOffset = offset(base.getTime());
  const straight = nextWall - oldOffset;
  if (straight - base.getTime() > day) return undefined;
  if (offset(straight) === oldOffset) return straight > base.getTime() ? new Date(straight) : undefined;
  if (offset(straight) > oldOffset) return undefined;
  let [low, high] = [base.getTime(), straight];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === oldOffset) low = middle;
    else high = middle;
  }
  const wall = nextWallClock(cron, high + offset(high));
  return wall === undefined ? undefined : new Date(wall - offset(high));
}

function offset(instant: number): number {
  return -new Date(instant).getTimezoneOffset() * 60_000;
}

/** Local time carried as if it were UTC, in whole seconds. */
function wallClock(date: Date): number {
  return Math.floor((date.getTime() + offset(date.getTime())) / second) * second;
}

function fromWallClock(wall: number): Date {
  const d = new Date(wall);
  return new Date(
    d.getUTCFullYear(),
    d.getUTCMonth(),
    d.getUTCDate(),
    d.getUTCHours(),
    d.getUTCMinutes(),
    d.getUTCSeconds(),
  );
}

/** The first wall-clock time at or after `from`. Day of month and weekday must both fit. */
function nextWallClock(cron: Cron, from: number): number | undefined {
  let t = from;
  const limit = from + horizonYears * 366 * day;
  while (t < limit) {
    const d = new Date(t);
    if (!cron.months.has(d.getUTCMonth() + 1)) t = Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
    else if (!cron.days.has(d.getUTCDate()) || !cron.weekdays.has(d.getUTCDay())) t = Math.floor(t / day) * day + day;
    else if (!cron.hours.has(d.getUTCHours())) t = Math.floor(t / 3_600_000) * 3_600_000 + 3_600_000;
    else if (!cron.minutes.has(d.getUTCMinutes())) t = Math.floor(t / 60_000) * 60_000 + 60_000;
    else if (!cron.seconds.has(d.getUTCSeconds())) t += second;
    else return t;
  }
  return undefined;
}
