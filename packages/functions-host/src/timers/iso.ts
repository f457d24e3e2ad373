const never = '0001-01-01T00:00:00+00:00';

/** ISO text in the process's zone with its offset; the year 0001 for a time that never was (specification 4). */
export function isoWithOffset(iso: string | undefined): string {
  if (!iso) return never;
  const date = new Date(iso);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  const pad = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${local}${minutes < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}

/** The same time in UTC; undefined for a time that never was or is none. */
export function parseIso(text: string | undefined): string | undefined {
  if (!text || text.startsWith('0001-')) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
