import * as z from 'zod/mini';
import { count, open, protocol } from './decode.js';

const requestCounts = open({
  /** By status as sent; 499 where the client left. Absent in replies of older programs, as the two below. */
  statuses: z.optional(z.record(z.string(), count)),
  /** Requests to which the placement gave no answer, whatever the client was sent. */
  unanswered: z.optional(count),
  /** Requests that the client left before their end. */
  aborted: z.optional(count),
});

const ms = z.number();

const targetStats = open({
  ...requestCounts.shape,
  requests: count,
  /** Answers of 500 and above, and failures of whoever was asked. */
  errors: count,
  /** Answers of 400 to 499; an aborted request is not among them. */
  clientErrors: count,
  /** Milliseconds, of the requests that ran to their end; upgrades and aborted requests have none. */
  latencyMs: z.nullable(z.object({ p50: ms, p95: ms, p99: ms, max: ms })),
});

const placementStats = open({
  ...targetStats.shape,
  /** By method and path, where what differs between requests is `*`; the rarest of many are left out. */
  routes: z.optional(z.record(z.string(), requestCounts)),
  /** Of a placement with targets, by the name of the target that answered, or that failed last. */
  targets: z.optional(z.record(z.string(), targetStats)),
});

/** What `router stats` prints. */
export const routerStats = open({
  protocol,
  /**
   * ISO 8601, by the clock of the router host; an entry counts when `since <= time < until`. `since` is absent when a
   * position says where to begin.
   */
  since: z.optional(z.string()),
  until: z.string(),
  /** False when the log does not reach back to the begin, entries were lost, or a line can't be read. */
  complete: z.boolean(),
  /** Why it is not complete. */
  gap: z.optional(z.string()),
  /** By service, then by placement; `-` where no route or no placement took the request. */
  services: z.record(z.string(), open({ placements: z.record(z.string(), placementStats) })),
});

/**
 * What `router stats --mark` prints: where the log ends, and the time of the router host (ISO 8601), so that no other
 * clock has a part in what is counted.
 */
export const logMark = open({ protocol, position: z.string().check(z.minLength(1)), time: z.string() });

/** Counts of one kind of request. */
export type RequestCounts = z.infer<typeof requestCounts>;
/** What one target of a placement did in the time asked for. */
export type TargetStats = z.infer<typeof targetStats>;
/** What a placement did in the time asked for. */
export type PlacementStats = z.infer<typeof placementStats>;
export type RouterStats = z.infer<typeof routerStats>;
export type LogMark = z.infer<typeof logMark>;
