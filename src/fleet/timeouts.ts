import { formatDuration, parseDuration } from '../core/duration.js';
import type { Problem } from './problems.js';
import type { RouterTimeouts } from './timeouts-schema.js';

/** As the program takes them, in milliseconds. */
const MIN_MS = 10;
const MAX_MS = 3_600_000;

/** Time limits that the router's program would refuse. */
export function timeoutProblems(timeouts: RouterTimeouts = {}): Problem[] {
  return Object.entries(timeouts).flatMap(([key, text]): Problem[] => {
    const path = ['router', 'timeouts', key];
    const ms = text === undefined ? MIN_MS : parseDuration(text, path.join('.'));
    if (ms >= MIN_MS && ms <= MAX_MS) return [];
    return [
      {
        path,
        message: `${text} is out of bounds`,
        hint: `Write a duration from ${formatDuration(MIN_MS)} to ${formatDuration(MAX_MS)}.`,
      },
    ];
  });
}

/** As `router.json` has them: `{ headerMs: 60000 }`. Undefined when the fleet file has none. */
export function timeoutSettings(timeouts: RouterTimeouts = {}): Record<string, number> | undefined {
  const given = Object.entries(timeouts).flatMap(([key, text]) =>
    text === undefined ? [] : [[`${key}Ms`, parseDuration(text, `router.timeouts.${key}`)] as const],
  );
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
