import type { Rule } from '../rule.js';

export const rules: Rule[] = [
  { id: '4-1', confidence: 'R', rule: 'A schedule may be `%SETTING%`.' },
  { id: '4-2', confidence: 'R', rule: 'Five fields have the precision of minutes, six begin with seconds.' },
  { id: '4-3', confidence: 'R', rule: 'Anything else is a TimeSpan: `hh:mm:ss`, `d.hh:mm:ss`, a bare number is days.' },
  { id: '4-4', confidence: 'R', rule: 'A schedule that is neither is an error of that function.' },
  {
    id: '4-5',
    confidence: 'R',
    rule: 'Ranges of fields are 0-59, 0-59, 0-23, 1-31, 1-12, 0-6; weekday 7 is an error.',
  },
  {
    id: '4-6',
    confidence: 'R',
    rule: 'Months and weekdays may be given by a prefix of their English names in any casing.',
  },
  {
    id: '4-7',
    confidence: 'R',
    rule: '`*`, lists, ranges, `a-b/n`, `*/n`, `a/n` (from a to the maximum) and mixtures by commas work.',
  },
  { id: '4-8', confidence: 'R', rule: '`?`, `L`, `W` and `#` are errors.' },
  { id: '4-9', confidence: 'R', rule: 'Day of month and weekday must both hold.' },
  { id: '4-10', confidence: 'R', rule: 'The next occurrence is strictly after the base time.' },
  { id: '4-11', confidence: 'R', rule: '`*/40` in seconds fires at 0 and 40 of each minute.' },
  { id: '4-12', confidence: 'R', rule: 'The zone is UTC by default, else `TZ` or `WEBSITE_TIME_ZONE`.' },
  { id: '4-13', confidence: 'R', rule: 'DST: a time that does not exist moves forward.' },
  {
    id: '4-14',
    confidence: 'R',
    rule: 'DST: in the repeated hour schedules like intervals run through both, those of a point in time once.',
  },
  {
    id: '4-15',
    confidence: 'R',
    rule: 'The next run is computed after the current one ended: no overlap of a timer with itself.',
  },
  { id: '4-16', confidence: 'R', rule: 'Ticks that were missed while running collapse into one immediate run.' },
  {
    id: '4-17',
    confidence: 'R',
    rule: '`useMonitor` is true by default and keeps last, next and lastUpdated where a restart finds them.',
  },
  { id: '4-18', confidence: 'R', rule: 'The monitor is forced off for schedules of more than one run a minute.' },
  {
    id: '4-19',
    confidence: 'R',
    rule: 'At start with a stored next in the past and the same schedule there is one immediate run with isPastDue, however many were missed.',
  },
  { id: '4-20', confidence: 'R', rule: 'With a changed schedule there is no such run.' },
  { id: '4-21', confidence: 'R', rule: '`runOnStartup` runs once at each start, unless a past-due run happens.' },
  {
    id: '4-22',
    confidence: 'R',
    rule: 'Of several processes and hosts exactly one runs the timers, and another takes over when it ends.',
  },
  { id: '4-23', confidence: 'R', rule: 'A failing run is logged and the schedule goes on.' },
  {
    id: '4-24',
    confidence: 'P',
    rule: 'The input has schedule.adjustForDST, scheduleStatus (last, next, lastUpdated) or null, and isPastDue.',
  },
  { id: '4-25', confidence: 'R', rule: 'adjustForDST is true for cron and false for TimeSpan schedules.' },
  { id: '4-26', confidence: 'R', rule: 'scheduleStatus is null when the monitor is off.' },
  { id: '4-27', confidence: 'R', rule: 'Dates are ISO texts with an offset; a `last` that never was is of year 0001.' },
  { id: '4-28', confidence: 'R', rule: 'v4 gives no triggerMetadata for timers; v3 bindingData has `timerTrigger`.' },
  { id: '4-29', confidence: 'R', rule: "A manual start has the monitor's status and isPastDue false." },
];
