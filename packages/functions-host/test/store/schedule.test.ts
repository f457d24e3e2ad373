import { expect, test } from 'vitest';
import { timeZone } from '../../src/config/time-zone.js';
import { parseTimeSpan } from '../../src/config/timespan.js';
import { parseCron } from '../../src/timers/ncrontab.js';
import { nextOccurrence } from '../../src/timers/occurrences.js';
import { parseSchedule } from '../../src/timers/schedule.js';
import { inZone } from './zone.js';

const next = (cron: string, base: string, zone = 'UTC'): string | undefined =>
  inZone(zone, () => nextOccurrence(parseCron(cron), new Date(base))?.toISOString().replace('.000Z', 'Z'));

test.each([
  ['*/40 * * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:00:40Z'],
  ['*/40 * * * * *', '2026-01-01T00:00:40Z', '2026-01-01T00:01:00Z'],
  ['*/5 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:05:00Z'],
  ['30 */5 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:00:30Z'],
  ['0 0 0 1 1 *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['* * * * * *', '2026-01-01T00:00:00.500Z', '2026-01-01T00:00:01Z'],
  ['0 30 9 * jan mon', '2026-01-01T00:00:00Z', '2026-01-05T09:30:00Z'],
  ['0 0 0 1 Septem *', '2026-01-01T00:00:00Z', '2026-09-01T00:00:00Z'],
  ['0 0 0 * * TH-Sat', '2026-01-04T00:00:00Z', '2026-01-08T00:00:00Z'],
  ['0 0 0 13 * Fri', '2026-01-01T00:00:00Z', '2026-02-13T00:00:00Z'],
  ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ['0 5/20 1-3,5 * * *', '2026-01-01T03:45:00Z', '2026-01-01T05:05:00Z'],
  ['0 0 10-16/3,20 * * *', '2026-01-01T13:00:00Z', '2026-01-01T16:00:00Z'],
  ['0 0 10-16/3,20 * * *', '2026-01-01T16:00:00Z', '2026-01-01T20:00:00Z'],
  ['0 50/1 * * * *', '2026-01-01T00:50:00Z', '2026-01-01T00:51:00Z'],
  ['0 5-1 * * * *', '2026-01-01T00:02:00Z', '2026-01-01T00:03:00Z'],
  ['0 */0 * * * *', '2026-01-01T00:02:00Z', '2026-01-01T00:03:00Z'],
])('[4-2, 4-6, 4-7, 4-9, 4-10, 4-11] %s after %s is %s', (cron, base, expected) => {
  expect(next(cron, base)).toBe(expected);
});

test.each([
  ['a time that is skipped moves forward', '0 30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z'],
  ['so does one of a schedule like an interval', '0 */20 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
  ['after which it goes on the next day', '0 */20 2 * * *', '2026-03-29T01:00:00Z', '2026-03-30T00:00:00Z'],
  ['an interval goes on over the skipped hour', '0 */30 * * * *', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z'],
])('[4-13] clock set forward in Berlin: %s', (_rule, cron, base, expected) => {
  expect(next(cron, base, 'Europe/Berlin')).toBe(expected);
});

test.each([
  ['an interval reaches the hour that comes twice', '0 */30 * * * *', '2026-10-24T23:30:00Z', '2026-10-25T00:00:00Z'],
  ['and runs through it', '0 */30 * * * *', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'],
  ['and goes on after it', '0 */30 * * * *', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'],
  ['an interval of that hour alone runs in both', '0 0/30 2 * * *', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z'],
  ['a point in time runs in the first pass', '0 30 2 * * *', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z'],
  ['and not in the second', '0 30 2 * * *', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
  ['nor when it starts in the second', '0 30 2 * * *', '2026-10-25T01:10:00Z', '2026-10-26T01:30:00Z'],
])('[4-14] clock set back in Berlin: %s', (_rule, cron, base, expected) => {
  expect(next(cron, base, 'Europe/Berlin')).toBe(expected);
});

test.each([
  ['America/New_York', '0 30 1 * * *', '2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
  ['Australia/Lord_Howe', '0 */15 * * * *', '2026-04-04T14:45:00Z', '2026-04-04T15:00:00Z'],
  ['Asia/Kolkata', '0 0 9 * * *', '2026-01-01T00:00:00Z', '2026-01-01T03:30:00Z'],
])('[4-12, 4-14] zone %s: %s after %s', (zone, cron, base, expected) => {
  expect(next(cron, base, zone)).toBe(expected);
});

test.each([
  '0 0 0 * * 7',
  '60 * * * * *',
  '0 0 24 * * *',
  '0 0 0 0 * *',
  '0 0 0 * 13 *',
  '0 0 0 ? * *',
  '0 0 0 L * *',
  '0 0 0 1W * *',
  '0 0 0 * * 5#2',
  '* * * *',
  '0 1,,2 * * * *',
  '0 1/x * * * *',
  'nonsense',
  '',
  '00:00:00',
])('[4-4, 4-5, 4-8] "%s" is refused', (text) => {
  expect(() => parseSchedule(text)).toThrow();
});

test('[4-4, 4-5, 4-8] what is refused is named with its field', () => {
  expect(() => parseSchedule('0 0 0 * * 7')).toThrow('the weekday field "7" is not valid (0-6)');
  expect(() => parseSchedule('0 0 0 L * *')).toThrow('the day field "L"');
  expect(() => parseSchedule('soon')).toThrow('neither NCRONTAB (5 or 6 fields) nor a TimeSpan');
});

test('[4-3, 4-25] TimeSpans: hours, days and a bare number of days; no adjustment to clock changes', () => {
  const spans = ['00:05:00', '1.02:00:00', '2', '00:00:00.250'].map(parseTimeSpan);
  expect(spans).toEqual([300_000, 93_600_000, 172_800_000, 250]);
  const schedule = parseSchedule('1.00:00:00');
  expect([schedule.adjustForDst, parseSchedule('0 0 0 * * *').adjustForDst]).toEqual([false, true]);
  const after = inZone('Europe/Berlin', () => schedule.next(new Date('2026-03-28T12:00:00Z')));
  expect(after?.toISOString()).toBe('2026-03-29T12:00:00.000Z');
});

test('[4-18] the monitor is off for schedules of more than one run a minute', () => {
  const monitored = [
    '00:00:30',
    '00:01:00',
    '*/10 * * * * *',
    '0,30 * * * * *',
    '0 * * * * *',
    '* * * * *',
    '*/10 0 * * * *',
  ];
  expect(monitored.map((text) => parseSchedule(text).monitorable)).toEqual([
    false,
    true,
    false,
    false,
    true,
    true,
    true,
  ]);
});

test('[4-12] the zone is UTC whatever the machine has, TZ before WEBSITE_TIME_ZONE; a Windows name is said', () => {
  expect(timeZone({})).toEqual({ zone: 'UTC' });
  expect(timeZone({ WEBSITE_TIME_ZONE: 'Europe/Berlin' })).toEqual({ zone: 'Europe/Berlin' });
  expect(timeZone({ TZ: 'Asia/Tokyo', WEBSITE_TIME_ZONE: 'Europe/Berlin' })).toEqual({ zone: 'Asia/Tokyo' });
  expect(timeZone({ WEBSITE_TIME_ZONE: 'W. Europe Standard Time' })).toMatchObject({
    zone: 'UTC',
    warning: expect.stringContaining('TZ') as string,
  });
});
