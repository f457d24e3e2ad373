const dotted = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/;
const withDays = /^(-)?(\d+):(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/;

/**
 * Milliseconds of a .NET TimeSpan text: `hh:mm:ss[.fff]`, `d.hh:mm:ss`, `d:hh:mm:ss`, `hh:mm`, or a bare number of
 * days.
 * A first number of 24 or more before two others means days: `24:00:00` is 24 days. Undefined when the text is none.
 */
export function parseTimeSpan(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^-?\d+$/.test(trimmed)) return Number(trimmed) * 86_400_000;
  const match = dotted.exec(trimmed) ?? withDays.exec(trimmed);
  if (!match) return undefined;
  const [, sign, days, first, second, third, fraction] = match;
  const isDays = days === undefined && Number(first) > 23 && third !== undefined && fraction === undefined;
  const [d, h, m, s] = isDays ? [first, second, third, 0] : [days ?? 0, first, second, third ?? 0];
  if (Number(h) > 23 || Number(m) > 59 || Number(s) > 59) return undefined;
  const total = ((Number(d) * 24 + Number(h)) * 60 + Number(m)) * 60 + Number(s);
  return (sign ? -1 : 1) * (total * 1000 + Number(`0.${fraction ?? 0}`) * 1000);
}
