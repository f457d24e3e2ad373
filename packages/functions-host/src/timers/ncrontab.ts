type Values = Set<number>;

interface FieldRange {
  name: string;
  min: number;
  max: number;
  names?: string[];
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const ranges: FieldRange[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: months },
  { name: 'weekday', min: 0, max: 6, names: weekdays },
];

/** A parsed NCRONTAB expression; every field is the set of values that it allows (specification 4). */
export interface Cron {
  seconds: Values;
  minutes: Values;
  hours: Values;
  days: Values;
  months: Values;
  weekdays: Values;
  /** `*`, `-` or `/` in seconds, minutes or hours: such schedules run through the repeated hour of a clock change. */
  intervalLike: boolean;
  /** More than one hit in a minute of every minute: the monitor is off then. */
  everyMinuteRepeatedly: boolean;
}

/** Parses five (minute first) or six (second first) fields. Throws an Error that names the field. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6)
    throw new Error(`"${text}" has ${fields.length} fields; NCRONTAB has 5 or 6`);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  const sets = ranges.map((range, i) => parseField(six[i]!, range, text));
  const [seconds, minutes, hours, days, monthSet, weekdaySet] = sets as [
    Values,
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  return {
    seconds,
    minutes,
    hours,
    days,
    months: monthSet,
    weekdays: weekdaySet,
    intervalLike: six.slice(0, 3).some((field) => /[*\-/]/.test(field)),
    everyMinuteRepeatedly: seconds.size > 1 && six.slice(1).every((field) => field === '*'),
  };
}

function parseField(field: string, range: FieldRange, text: string): Values {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [base, step, extra] = item.split('/');
    if (extra !== undefined || !base || (step !== undefined && !/^\d+$/.test(step)))
      throw fieldError(field, range, text);
    const every = Math.max(1, Number(step ?? 1)); // as in NCrontab, where a step below 1 counts as 1
    const [from, to] = bounds(base, step !== undefined, range, field, text);
    for (let value = from; value <= to; value += every) values.add(value);
  }
  return values;
}

function bounds(base: string, stepped: boolean, range: FieldRange, field: string, text: string): [number, number] {
  if (base === '*') return [range.min, range.max];
  const [first, last, extra] = base.split('-');
  const from = parseValue(first, range);
  const to = last === undefined ? (stepped ? range.max : from) : parseValue(last, range);
  if (from === undefined || to === undefined || extra !== undefined) throw fieldError(field, range, text);
  return from > to ? [to, from] : [from, to]; // NCrontab swaps them
}

/** A number in range, or the start of an English name in any case. */
function parseValue(text: string | undefined, range: FieldRange): number | undefined {
  if (!text) return undefined;
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    return value >= range.min && value <= range.max ? value : undefined;
  }
  const at = range.names?.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase())) ?? -1;
  return at < 0 ? undefined : at + range.min;
}

function fieldError(field: string, range: FieldRange, text: string): Error {
  return new Error(`"${text}": the ${range.name} field "${field}" is not valid (${range.min}-${range.max})`);
}
