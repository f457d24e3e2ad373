import type { StepRecord } from '../runs/store.js';

/** Requests that were cut in the steps of a run; undefined when no step tells. */
export function cutIn(steps: readonly StepRecord[]): number | undefined {
  const told = steps.flatMap(({ outputs }) => (typeof outputs?.cut === 'number' ? [outputs.cut] : []));
  return told.length === 0 ? undefined : told.reduce((sum, cut) => sum + cut, 0);
}
