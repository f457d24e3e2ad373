import { CancelledError, FanopsError, messageOf } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import type { StepRecord } from './store.js';

/** Lanes under way at once: enough to wait for several machines, few enough for the limits of a cloud's API. */
const AT_ONCE = 4;

/**
 * Runs the lanes of a block at once, the steps of each in order. A lane that fails does not end the others, unless
 * nothing can go on: the user has
 * cancelled, or the login of a provider has ended.
 * @param steps all steps of the block
 * @param pending the first of some steps that is not done
 * @throws what the first lane failed with, naming what else failed
 */
export async function runLanes(
  steps: () => StepRecord[],
  pending: (among: StepRecord[]) => StepRecord | undefined,
  turn: (next: StepRecord) => Promise<void>,
): Promise<void> {
  const lanes = [...new Set(steps().map(laneOf))].filter((lane) => lane !== undefined);
  const failures: unknown[] = [];
  let over = false;
  const runLane = async (lane: string): Promise<void> => {
    const own = (): StepRecord[] => steps().filter((each) => laneOf(each) === lane);
    try {
      for (let next = pending(own()); next && !over; next = pending(own())) await turn(next);
    } catch (error) {
      failures.push(error);
      over ||= endsAll(error);
    }
  };
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) await runLane(lane);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw together(failures);
}

const laneOf = ({ step }: StepRecord): string | undefined => step.parallel?.lane;

const endsAll = (error: unknown): boolean =>
  error instanceof CancelledError || (error instanceof FanopsError && error.exitCode === ExitCode.login);

/** Lanes at the same provider all fail when its login ends. */
const isSameLogin = (one: unknown, other: unknown): boolean =>
  one instanceof FanopsError &&
  other instanceof FanopsError &&
  one.exitCode === ExitCode.login &&
  other.exitCode === ExitCode.login &&
  one.where === other.where;

function together(failures: unknown[]): unknown {
  const first = failures.find(endsAll) ?? failures[0];
  const others = failures.filter(
    (each) => each !== first && !(each instanceof CancelledError) && !isSameLogin(each, first),
  );
  if (others.length === 0 || !(first instanceof FanopsError) || first instanceof CancelledError) return first;
  const also = others.map(
    (each) => `Also failed: ${each instanceof FanopsError && each.where ? `${each.where}: ` : ''}${messageOf(each)}`,
  );
  const { code, exitCode, where, nextSteps, data } = first;
  return new FanopsError(first.message, {
    code,
    exitCode,
    where,
    nextSteps,
    data,
    cause: first,
    hint: [first.hint, ...also].filter(Boolean).join('\n'),
  });
}
