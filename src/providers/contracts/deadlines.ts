/** How long a provider is waited for, in milliseconds. */
export interface Deadlines {
  /** One request, from the connection to the end of its answer, with the login that it needs. */
  requestMs: number;
  /** One call with the repeats that the SDK makes of it. */
  callMs: number;
  /** All that one look at a provider takes: a list with its pages and repeats. */
  lookMs: number;
}

export const DEADLINES: Deadlines = { requestMs: 20_000, callMs: 90_000, lookMs: 45_000 };

/** Longest look while a run goes on: its steps wait for throttling and for things that settle. */
export const LOOK_IN_RUN_MS = 10 * 60_000;

/** Name of the variable that sets how long a look may take. */
export const CLOUD_TIMEOUT = 'FANOPS_CLOUD_TIMEOUT';

/** Deadlines for a look of so many milliseconds: a part never takes longer than the whole. */
export const deadlinesFor = (lookMs: number): Deadlines => ({
  requestMs: Math.min(DEADLINES.requestMs, lookMs),
  callMs: Math.min(DEADLINES.callMs, lookMs),
  lookMs,
});
