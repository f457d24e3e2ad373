import { member, type Section } from '../config/section.js';
import { parseTimeSpan } from '../config/timespan.js';
import { StartError } from '../core/errors.js';

/** All in ms. */
export interface SingletonOptions {
  /** How long a lock outlives its holder. */
  listenerLockPeriod: number;
  /** How often others look whether the lock is free. */
  listenerLockRecoveryPollingInterval: number;
}

/**
 * `singleton` of host.json. The period is that of Azure, 60 s (specification 4). Others look every 15 s where Azure's
 * do
 * every minute, since a release that replaces another one must not wait so long. Throws StartError.
 */
export function singletonOptions(singleton: Section): SingletonOptions {
  const span = (key: string, fallback: number, min: number, max: number): number => {
    const given = member(singleton, key);
    const ms = given === undefined ? fallback : parseTimeSpan(String(given));
    if (ms === undefined || ms < min || ms > max) {
      throw new StartError(
        `host.json: singleton.${key} must be a hh:mm:ss from ${min / 1000} to ${max / 1000} seconds.`,
      );
    }
    return ms;
  };
  return {
    listenerLockPeriod: span('listenerLockPeriod', 60_000, 15_000, 60_000),
    listenerLockRecoveryPollingInterval: span('listenerLockRecoveryPollingInterval', 15_000, 1000, 3_600_000),
  };
}
