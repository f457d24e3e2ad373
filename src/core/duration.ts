import { UserError } from './errors.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The form of a duration in the fleet file and in flags: a whole or decimal number and a unit, e.g. `5s`, `1.5m`,
 * `250ms`.
 */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

export const DURATION_HINT = 'Write a number and a unit: 250ms, 5s, 2m, 1h, 7d.';

/** Milliseconds of a duration such as `5s`; undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text.trim());
  return match ? Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]) : undefined;
}

/**
 * The same. @throws UserError when the text is no duration; `what` names the flag or key in the message.
 */
export function parseDuration(text: string, what = 'duration'): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new UserError(`${what}: "${text}" is not a duration.`, { hint: DURATION_HINT });
  return ms;
}

/** A duration for people: `850 ms`, `4.2 s`, `3 m 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} m`;
}
