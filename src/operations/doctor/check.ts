import { isDiskFull } from '../../core/disk-full.js';
import { CancelledError, FanopsError, messageOf } from '../../core/errors.js';

/**
 * Something that `doctor --fix` does. It is safe: it makes nothing new, and takes nothing away but what is made again
 * by itself.
 */
export type Mend =
  | { kind: 'state'; title: string }
  | { kind: 'cache'; title: string }
  | { kind: 'host'; title: string; host: string }
  | { kind: 'standing'; title: string; host: string }
  | { kind: 'router'; title: string };

/** One thing that `doctor` looks at. */
export interface Check {
  /** Stable, e.g. `host/app-1/ssh`. */
  id: string;
  title: string;
  state: 'ok' | 'warn' | 'fail' | 'skipped';
  /** What was seen; never a secret. */
  detail: string;
  /** What mends it: a command, or what to change. */
  fix?: string;
  /** Present when `doctor --fix` can do it. */
  mend?: Mend;
}

/** What a look found. */
export type Finding = Omit<Check, 'id' | 'title'>;

export const ok = (detail: string): Finding => ({ state: 'ok', detail });
export const warn = (detail: string, fix: string, mend?: Mend): Finding => ({ state: 'warn', detail, fix, mend });
export const fail = (detail: string, fix: string, mend?: Mend): Finding => ({ state: 'fail', detail, fix, mend });
export const skipped = (detail: string): Finding => ({ state: 'skipped', detail });

/**
 * Carries a look out. What it raises is a failing check, with the way out that the error names; a cancelled run ends.
 */
export async function check(
  id: string,
  title: string,
  signal: AbortSignal,
  look: () => Promise<Finding> | Finding,
  fix?: string,
): Promise<Check> {
  try {
    return { id, title, ...(await look()) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // The user said no to a question.
    if (error instanceof CancelledError) throw error;
    // What would run is not run, and the user is told at once.
    if (error instanceof FanopsError && error.code === 'UNTRUSTED') throw error;
    return { id, title, ...fail(messageOf(error), isDiskFull(error) ? wayOut(error) : (fix ?? wayOut(error))) };
  }
}

/** The first command that an error names, else its hint. */
export function wayOut(error: unknown): string {
  const known = error instanceof FanopsError ? error : undefined;
  return known?.nextSteps[0] ?? known?.hint ?? 'Run the command that failed by hand to see why.';
}
