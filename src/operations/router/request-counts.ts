import type { RequestCounts } from './engine.js';
import type { Sample } from './fisher.js';

/** Tells whether a status is of a class. */
export type StatusClass = (status: number) => boolean;

/** Requests that were answered. */
export function answersOf({ statuses = {}, aborted = 0 }: RequestCounts): number {
  return Object.values(statuses).reduce((sum, count) => sum + count, 0) - aborted;
}

/** Answers of a class; those that the router writes down for a client that left are none. */
export function hitsOf({ statuses = {}, aborted = 0 }: RequestCounts, of: StatusClass): number {
  const all = Object.entries(statuses).reduce((sum, [status, count]) => sum + (of(Number(status)) ? count : 0), 0);
  return of(499) ? Math.max(0, all - aborted) : all;
}

export const sampleOf = (counts: RequestCounts, of: StatusClass): Sample => ({
  hits: hitsOf(counts, of),
  total: answersOf(counts),
});

export const shareOf = ({ hits, total }: Sample): number => (total === 0 ? 0 : hits / total);

/** The counts of several routes as one. */
export function sumOf(all: readonly RequestCounts[]): Required<RequestCounts> {
  const sum: Required<RequestCounts> = { statuses: {}, unanswered: 0, aborted: 0 };
  for (const { statuses = {}, unanswered = 0, aborted = 0 } of all) {
    for (const [status, count] of Object.entries(statuses)) sum.statuses[status] = (sum.statuses[status] ?? 0) + count;
    sum.unanswered += unanswered;
    sum.aborted += aborted;
  }
  return sum;
}
