import * as z from 'zod/mini';
import { count, open } from './decode.js';

/**
 * What a process of the functions host says of its shutdown, in `STATE/shutdown/PID.json`: whoever replaces it learns
 * what it waits for and what was cut.
 */
export const shutdown = open({
  pid: z.int(),
  release: z.optional(z.string()),
  /** ISO 8601, by the host's clock. */
  startedAt: z.string(),
  /** Milliseconds after `startedAt` at which requests are cut. */
  deadlineMs: z.number(),
  /** Requests that have no whole response yet. */
  underWay: count,
  /** Requests that were cut at the deadline; absent while the process waits, and when it was killed meanwhile. */
  cut: z.optional(count),
});

export type Shutdown = z.infer<typeof shutdown>;
