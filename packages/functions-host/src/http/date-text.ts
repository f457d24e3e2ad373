const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const monthName = `(?<name>${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})`;
const weekday = '(?:(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?,?\\s+)?';

const dates = [
  '(?<y>\\d{4})[-/](?<m>\\d{1,2})(?:[-/](?<d>\\d{1,2}))?',
  '(?<y>\\d{4})\\.(?<m>\\d{1,2})\\.(?<d>\\d{1,2})',
  '(?<m>\\d{1,2})[-/](?<d>\\d{1,2})(?:[-/](?<y>\\d{4}|\\d{2}))?',
  '(?<m>\\d{1,2})\\.(?<d>\\d{1,2})\\.(?<y>\\d{4}|\\d{2})',
  `${weekday}(?<d>\\d{1,2})[-\\s]${monthName}(?:[-\\s,]+(?<y>\\d{4}|\\d{2}))?`,
  `${weekday}${monthName}[-\\s](?<d>\\d{1,2})(?:[-\\s,]+(?<y>\\d{4}))?`,
  `${monthName}[-\\s,]+(?<y>\\d{4})`,
];
const time =
  '(?<h>\\d{1,2})(?::(?<min>\\d{1,2})(?::(?<s>\\d{1,2})(?:\\.\\d+)?)?\\s*(?<half>[ap]m)?|\\s*(?<half2>[ap]m))';
const zone = '\\s*(?:z|gmt|[+-]\\d{1,2}(?::?\\d{2})?)?';
const forms = [...dates.flatMap((date) => [date, `${date}(?:t|\\s+)${time}${zone}`]), `${time}${zone}`].map(
  (form) => new RegExp(`^\\s*${form}\\s*$`, 'i'),
);

/** Whether .NET's invariant DateTime parser would read the text: the forms of dates and times that occur in URLs. */
export function isDateText(text: string): boolean {
  return forms.some((form) => {
    const groups = form.exec(text)?.groups;
    return groups !== undefined && dateIsReal(groups) && timeIsReal(groups);
  });
}

function dateIsReal({ y, m, d, name }: Record<string, string | undefined>): boolean {
  const month = name ? months.findIndex((full) => full.startsWith(name.toLowerCase().slice(0, 3))) + 1 : Number(m ?? 1);
  const day = Number(d ?? 1);
  if (month < 1 || month > 12 || Number(y ?? 1) < 0) return false;
  // a leap year where none is given: the parser takes the current one, which must not decide here
  return day >= 1 && day <= new Date(Date.UTC(Number(y ?? 2000), month, 0)).getUTCDate();
}

function timeIsReal({ h, min, s, half, half2 }: Record<string, string | undefined>): boolean {
  const hour = Number(h ?? 0);
  const inRange = (half ?? half2) ? hour >= 1 && hour <= 12 : hour <= 23;
  return inRange && Number(min ?? 0) <= 59 && Number(s ?? 0) <= 59;
}
