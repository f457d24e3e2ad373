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

/** What `{datetime}` and `{sys.utcNow}` use when they name no format: no colons, as it goes into blob names. */
const defaultDateFormat = 'yyyy-MM-ddTHH-mm-ssK';

const standardFormats: Record<string, string> = {
  o: "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
  s: "yyyy-MM-dd'T'HH:mm:ss",
  u: "yyyy-MM-dd HH:mm:ss'Z'",
  r: "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
  d: 'MM/dd/yyyy',
  D: 'dddd, dd MMMM yyyy',
  t: 'HH:mm',
  T: 'HH:mm:ss',
  f: 'dddd, dd MMMM yyyy HH:mm',
  F: 'dddd, dd MMMM yyyy HH:mm:ss',
  g: 'MM/dd/yyyy HH:mm',
  G: 'MM/dd/yyyy HH:mm:ss',
  m: 'MMMM dd',
  y: 'yyyy MMMM',
};
/** Quoted text, an escaped letter, or a run of one format letter. */
const tokens = /'([^']*)'|"([^"]*)"|\\(.)|%(?=.)|y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K/g;
const sameInBothCases = ['o', 'r', 'm', 'y'];

/** A UTC time in a .NET standard or custom format, invariant culture (specification 2.3). */
export function formatDate(date: Date, format = defaultDateFormat): string {
  const custom = format.length === 1 ? standard(format) : format;
  return custom.replace(
    tokens,
    (token, ...groups: (string | undefined)[]) => groups[0] ?? groups[1] ?? groups[2] ?? value(token, date),
  );
}

function standard(letter: string): string {
  return (
    standardFormats[letter] ??
    (sameInBothCases.includes(letter.toLowerCase()) ? standardFormats[letter.toLowerCase()]! : letter)
  );
}

function value(token: string, date: Date): string {
  const { length } = token;
  const pad = (number: number): string => String(number).padStart(length, '0');
  switch (token[0]) {
    case 'y':
      return length <= 2 ? pad(date.getUTCFullYear() % 100) : pad(date.getUTCFullYear());
    case 'M':
      return named(months[date.getUTCMonth()]!, length) ?? pad(date.getUTCMonth() + 1);
    case 'd':
      return named(weekdays[date.getUTCDay()]!, length) ?? pad(date.getUTCDate());
    case 'H':
      return pad(date.getUTCHours());
    case 'h':
      return pad(date.getUTCHours() % 12 || 12);
    case 'm':
      return pad(date.getUTCMinutes());
    case 's':
      return pad(date.getUTCSeconds());
    case 'f':
      return fraction(date).slice(0, length);
    case 'F':
      return fraction(date).slice(0, length).replace(/0+$/, '');
    case 't':
      return (date.getUTCHours() < 12 ? 'AM' : 'PM').slice(0, length);
    case 'z':
      return length === 1 ? '+0' : length === 2 ? '+00' : '+00:00';
    case 'K':
      return 'Z';
    default:
      return '';
  }
}

function named(name: string, length: number): string | undefined {
  return length < 3 ? undefined : length === 3 ? name.slice(0, 3) : name;
}

function fraction(date: Date): string {
  return `${String(date.getUTCMilliseconds()).padStart(3, '0')}0000`;
}
