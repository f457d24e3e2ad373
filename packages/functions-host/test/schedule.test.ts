import { expect, it } from 'vitest';
import { parseTimeSpan } from '../src/config/timespan.js';
import { parseCron } from '../src/timers/ncrontab.js';
import { nextOccurrence } from '../src/timers/occurrences.js';
import { parseSchedule } from '../src/timers/schedule.js';

function next(cron: string, base: string, zone = 'UTC'): string | undefined {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return nextOccurrence(parseCron(cron), new Date(base))?.toISOString().replace('.000Z', 'Z');
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

it.each([
  ['*/40 * * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:00:40Z'],
  ['*/40 * * * * *', '2026-01-01T00:00:40Z', '2026-01-01T00:01:00Z'],
  ['*/5 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00Z'],
  ['0 30 9 * jan mon', '2026-01-01T00:00:00Z', '2026-01-05T09:30:00Z'],
  ['0 0 0 13 * Fri', '2026-01-01T00:00:00Z', '2026-02-13T00:00:00Z'],
  ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ['0 5/20 1-3,5 * * *', '2026-01-01T03:45:00Z', '2026-01-01T05:05:00Z'],
])('4 %s after %s is %s (day and weekday both fit; strictly after)', (cron, base, expected) => {
  expect(next(cron, base)).toBe(expected);
});

it.each([
  ['skipped time moves forward', '0 30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z'],
  ['interval goes on over the skipped hour', '0 */30 * * * *', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z'],
  ['interval runs through the repeated hour', '0 */30 * * * *', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'],
  ['a point in time runs once in the repeated hour', '0 30 2 * * *', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
])('4 clock change in Berlin: %s', (_rule, cron, base, expected) => {
  expect(next(cron, base, 'Europe/Berlin')).toBe(expected);
});

it.each([
  '0 0 0 * * 7', '60 * * * * *', '* * * *', '0 0 0 ? * *', '0 0 0 L * *', '0 */0 * * * *', '0 5-1 * * * *', 'nonsense',
])('4 "%s" is refused', (text) => {
  expect(() => parseSchedule(text)).toThrow(text.split(' ')[0]);
});

it('4 TimeSpans: interval, days, no clock change; the monitor is off under a minute', () => {
  const spans = ['00:05:00', '1.02:00:00', '2', '00:00:00.250', '25:00:00'].map(parseTimeSpan);
  expect(spans).toEqual([300_000, 93_600_000, 172_800_000, 250, undefined]);
  expect(parseSchedule('00:00:30').monitorable).toBe(false);
  expect(parseSchedule('00:01:00')).toMatchObject({ monitorable: true, adjustForDst: false });
  expect([parseSchedule('*/10 * * * * *').monitorable, parseSchedule('0 * * * * *').monitorable]).toEqual([false, true]);
});
