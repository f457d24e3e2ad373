import { formatDuration, parseDuration } from '../core/duration.js';
import type { Problem } from './problems.js';
import type { TimingConfig } from './timing-schema.js';

/** How long the parts of a change wait, in milliseconds. */
export interface Timing {
  /** How long a migration holds and watches each share of traffic, when `--hold` does not say. */
  holdMs: number;
  /** How long requests under way may go on when their worker is replaced or stopped, unless the placement says. */
  drainMs: number;
  /** Age at which the lock of a service expires, and the time between its renewals. */
  lockLeaseMs: number;
  lockRenewalMs: number;
  /** Age of the lease at which the watchdog takes the traffic back, and the time between its renewals. */
  watchdogLeaseMs: number;
  watchdogRenewalMs: number;
  /** First pause between two health probes of a release that starts; it grows to four times that. */
  probeIntervalMs: number;
  /** How long the trial of a release must stay up under PM2. */
  trialMs: number;
  /** Pause between two looks of the gate at the figures of the router. */
  gateIntervalMs: number;
}

/** Defaults of `timing` in the fleet file, in milliseconds. A renewal is a share of its lease. */
const DEFAULTS = {
  hold: 5000,
  drain: 230_000,
  lockLease: 60_000,
  watchdogLease: 20_000,
  probeInterval: 150,
  trial: 800,
  gateInterval: 1000,
};
const RENEWALS = { lockLease: 1 / 4, watchdogLease: 1 / 5 };

/**
 * Bounds of each setting, in milliseconds. Leases are counted in seconds on the hosts, and the watchdog looks once a
 * second.
 */
const BOUNDS: Record<keyof TimingConfig, [min: number, max: number]> = {
  hold: [0, 24 * 3_600_000],
  drain: [0, 3_600_000],
  lockLease: [5000, 600_000],
  lockRenewal: [500, 300_000],
  watchdogLease: [5000, 600_000],
  watchdogRenewal: [500, 300_000],
  probeInterval: [20, 10_000],
  trial: [0, 600_000],
  gateInterval: [50, 60_000],
};

/** The settings of a fleet file with the defaults filled in. */
export function timingOf(config: TimingConfig = {}): Timing {
  const of = (key: keyof TimingConfig, fallback: number): number => {
    const text = config[key];
    return text === undefined ? fallback : parseDuration(text, `timing.${key}`);
  };
  const lockLeaseMs = of('lockLease', DEFAULTS.lockLease);
  const watchdogLeaseMs = of('watchdogLease', DEFAULTS.watchdogLease);
  return {
    holdMs: of('hold', DEFAULTS.hold),
    drainMs: of('drain', DEFAULTS.drain),
    lockLeaseMs,
    lockRenewalMs: of('lockRenewal', lockLeaseMs * RENEWALS.lockLease),
    watchdogLeaseMs,
    watchdogRenewalMs: of('watchdogRenewal', watchdogLeaseMs * RENEWALS.watchdogLease),
    probeIntervalMs: of('probeInterval', DEFAULTS.probeInterval),
    trialMs: of('trial', DEFAULTS.trial),
    gateIntervalMs: of('gateInterval', DEFAULTS.gateInterval),
  };
}

/** A drain of a placement that is out of bounds. */
export function drainProblems(path: PropertyKey[], drain: string | undefined): Problem[] {
  return drain === undefined ? [] : boundProblems(path, drain, BOUNDS.drain);
}

function boundProblems(path: PropertyKey[], text: string, [min, max]: [min: number, max: number]): Problem[] {
  const ms = parseDuration(text, path.join('.'));
  if (ms >= min && ms <= max) return [];
  return [
    { path, message: `${text} is out of bounds`, hint: `Write a duration from ${inWords(min)} to ${inWords(max)}.` },
  ];
}

/** Settings out of bounds, and leases that end before a renewal that comes late. */
export function timingProblems(config: TimingConfig = {}): Problem[] {
  const problems: Problem[] = [];
  for (const [key, bounds] of Object.entries(BOUNDS)) {
    const text = config[key as keyof TimingConfig];
    if (text !== undefined) problems.push(...boundProblems(['timing', key], text, bounds));
  }
  const timing = timingOf(config);
  const pairs = [
    ['lock', timing.lockLeaseMs, timing.lockRenewalMs],
    ['watchdog', timing.watchdogLeaseMs, timing.watchdogRenewalMs],
  ] as const;
  for (const [name, lease, renewal] of pairs) {
    if (lease >= 2 * renewal) continue;
    problems.push({
      path: ['timing', config[`${name}Renewal`] === undefined ? `${name}Lease` : `${name}Renewal`],
      message: `${name}Lease (${inWords(lease)}) must be at least twice ${name}Renewal (${inWords(renewal)})`,
      hint: 'A renewal that comes late once would end the lease.',
    });
  }
  return problems;
}

const inWords = (ms: number): string => formatDuration(ms).replace(/\.0 s$/, ' s');
