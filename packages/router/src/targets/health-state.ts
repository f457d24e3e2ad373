/** Good answers in a row after which a target that was taken out is put back. */
const riseCount = 2;
/** Bad answers in a row after which one is taken out; a connection that fails needs no second. */
const fallCount = 2;

/** What is known of one target. */
export interface HealthState {
  up: boolean;
  /** Answers in a row that speak for the other state. */
  streak: number;
  /** Since when it is out, ISO 8601, and why. */
  since?: string;
  reason?: string;
}

/** What was seen of a target. */
export type HealthEvent =
  | { type: 'good' }
  /** @property connection no connection was made, or it broke before an answer */
  | { type: 'bad'; connection: boolean; reason: string };

export const initialHealth: HealthState = { up: true, streak: 0 };

/** The next state of a target. @param at time of the event, ISO 8601 */
export function nextHealth(state: HealthState, event: HealthEvent, at: string): HealthState {
  if (event.type === 'good') {
    if (state.up) return initialHealth;
    const streak = state.streak + 1;
    return streak >= riseCount ? initialHealth : { ...state, streak };
  }
  if (!state.up) return { ...state, streak: 0 };
  const streak = state.streak + 1;
  if (!event.connection && streak < fallCount) return { up: true, streak };
  return { up: false, streak: 0, since: at, reason: event.reason };
}
