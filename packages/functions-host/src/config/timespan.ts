/**
 * Milliseconds of a .NET TimeSpan text: `hh:mm:ss[.fff]`, `d.hh:mm:ss`, `hh:mm`, or a bare number of days.
 * Undefined when the text is none.
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(text.trim());
  if (!match) return /^-?\d+$/.test(text.trim()) ? Number(text) * 86_400_000 : undefined;
  const [, sign, days, hours, minutes, seconds, fraction] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const total = ((Number(days ?? 0) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
  return (sign ? -1 : 1) * (total * 1000 + Number(`0.${fraction ?? 0}`) * 1000);
}
