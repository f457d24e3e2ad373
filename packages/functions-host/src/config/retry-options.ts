import { StartError } from '../core/errors.js';
import { parseTimeSpan } from './timespan.js';

/** When a failed run is tried again (specification 5.6). Times in ms. */
export interface RetryPolicy {
  strategy: 'fixed' | 'exponential';
  /** -1 = forever */
  maxRetryCount: number;
  delay: number;
  minimum: number;
  maximum: number;
}

const defaults = { delay: 1000, minimum: 1000, maximum: 60_000 };

/**
 * A policy from function.json or host.json (`strategy`, TimeSpan texts), from the library's `retryOptions`
 * (`retryStrategy`,
 * `{seconds}`) or from its raw `retry` (`strategy`, numbers of seconds or durations). Throws an Error for a person.
 */
export function retryOptions(given: unknown, place = 'retry'): RetryPolicy | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const options = given as Record<string, unknown>;
  const strategy = String(options.strategy ?? options.retryStrategy ?? 'fixedDelay').toLowerCase();
  if (!/^(fixeddelay|exponentialbackoff)$/.test(strategy))
    throw new StartError(`${place}: the strategy "${strategy}" is unknown.`);
  const maxRetryCount = Number(options.maxRetryCount ?? 0);
  if (!Number.isInteger(maxRetryCount) || maxRetryCount < -1)
    throw new StartError(`${place}: maxRetryCount must be -1 or a whole number.`);
  return {
    strategy: strategy === 'fixeddelay' ? 'fixed' : 'exponential',
    maxRetryCount,
    delay: duration(options, 'delayInterval', place) ?? defaults.delay,
    minimum: duration(options, 'minimumInterval', place) ?? defaults.minimum,
    maximum: duration(options, 'maximumInterval', place) ?? defaults.maximum,
  };
}

function duration(options: Record<string, unknown>, key: string, place: string): number | undefined {
  const given = options[key];
  if (given === undefined || given === null) return undefined;
  const ms =
    typeof given === 'object'
      ? durationObject(given as Record<string, unknown>)
      : durationText(given as string | number);
  if (ms === undefined || !(ms >= 0)) throw new StartError(`${place}: ${key} must be a time such as 00:00:05.`);
  return ms;
}

function durationText(given: string | number): number | undefined {
  return typeof given === 'number' ? given * 1000 : parseTimeSpan(given);
}

function durationObject({ hours, minutes, seconds, milliseconds }: Record<string, unknown>): number {
  const part = (value: unknown): number => Number(value ?? 0);
  return ((part(hours) * 60 + part(minutes)) * 60 + part(seconds)) * 1000 + part(milliseconds);
}
