import type { AccessEntry } from '../exchange.js';
import type { FailureReport } from '../foreign/engine.js';

/** How HAProxy says that a request ended with no connection (`SC`, `sC`), or with one that broke (`SH`). */
const unanswered = /"end":"(?:SC|sC|SH)/;

/**
 * The target that gave no answer, by a line of the log; undefined when one did, or the placement has none with names.
 */
export function failureIn(line: string): FailureReport | undefined {
  if (!unanswered.test(line) || !line.includes('"target":')) return undefined;
  try {
    const { service, placement, target } = JSON.parse(line) as AccessEntry;
    return target === undefined ? undefined : { service, placement, target };
  } catch {
    return undefined; // torn
  }
}
