import { StartError } from '../core/errors.js';
import { getSetting, type Env } from '../config/settings.js';

const watchdogSetting = 'FANOPS_WATCHDOG_SECONDS';
const defaultSeconds = 60;

/**
 * How long the event loop may be blocked, ms; 0 = the watchdog is off. Set by FANOPS_WATCHDOG_SECONDS. Strict mode
 * waits as
 * long as Azure, where only the function timeout ends a blocked process. Throws StartError.
 */
export function watchdogLimit(env: Env, strict: boolean, functionTimeout: number | undefined): number {
  const text = getSetting(env, watchdogSetting);
  if (text === undefined || text === '') {
    return strict ? (functionTimeout ?? 0) : Math.min(defaultSeconds * 1000, functionTimeout ?? Infinity);
  }
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  throw new StartError(
    `The setting ${watchdogSetting} must be a number of seconds, or 0 for no watchdog; it is "${text}".`,
  );
}
