import { z } from 'zod';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../core/duration.js';
import type { Problem } from './problems.js';

const duration = z.string().regex(DURATION_PATTERN, 'a number and a unit: 250ms, 5s, 2m, 1h').optional();

/** `router.timeouts` of the fleet file. The router's own program has the defaults (packages/router, limits.ts). */
export const routerTimeouts = z.strictObject({
  header: duration.describe('Until the headers of a request are there. Default: 60s'),
  body: duration.describe('Silence of a client within the body of its request. Default: 230s'),
  connect: duration.describe('Until a placement takes the connection. Default: 10s'),
  response: duration.describe(
    'Silence of a placement before and within its response. Default: 230s, as long as Azure allows',
  ),
  keepAlive: duration.describe('Until a connection without a request is closed. Default: 75s'),
});

export type RouterTimeouts = z.infer<typeof routerTimeouts>;

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
