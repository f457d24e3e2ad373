import { routerDir, routerProgram } from './layout.js';

const program = (...args: string[]): string[] => ['node', routerProgram, ...args, '--dir', routerDir];

/**
 * How a route comes into effect. `probe`: whoever gets weight must answer. `revert`, the way back: users stay with who
 * answers when
 * the side that they are to go back to does not. `force`: nobody is asked.
 */
export type PutMode = 'probe' | 'revert' | 'force';

/** Exit code of `put` and `probe` when a placement that has or gets weight does not answer. */
export const NOT_ANSWERING = 4;

const withSettings = (settings: object | undefined): string[] =>
  settings ? ['--settings', JSON.stringify(settings)] : [];

/**
 * Puts the route on standard input into effect; exits 0 once the running router has taken it up.
 * @param settings those that the router is about to get, which decide how it reaches placements
 */
export const putRoute = (service: string, mode: PutMode, settings?: object): string[] =>
  program('put', '--service', service, `--${mode}`, ...withSettings(settings));

/** As a program of a version without probes knows it. */
export const putRouteUnasked = (service: string): string[] => program('put', '--service', service);

/** The way back from a file of the host. */
export const putRouteFromFile = (service: string, file: string): string[] =>
  program('put', '--service', service, '--file', file, '--revert');

export interface ProbeArguments {
  /** Default: every service with a route. */
  service?: string;
  /** Default: every placement with weight. */
  placement?: string;
  /** True: those that would get more than they have by that route, as a put would ask them. */
  rising?: boolean;
  /** True: a route comes on standard input, in place of the one in effect. */
  candidate?: boolean;
  settings?: object;
  /** Milliseconds for a connection, and again for the answer; each placement is then asked once. */
  timeoutMs?: number;
}

/** Asks placements from the router host and prints what they answered as JSON; changes nothing. */
export const probeRoutes = ({ service, placement, candidate, rising, settings, timeoutMs }: ProbeArguments): string[] =>
  program(
    'probe',
    ...(service ? ['--service', service] : []),
    ...(placement ? ['--placement', placement] : []),
    ...(candidate ? ['--file', '-'] : []),
    ...(rising ? ['--rising'] : []),
    ...withSettings(settings),
    ...(timeoutMs ? ['--timeout', String(timeoutMs)] : []),
  );

/** Removes a service's route. */
export const removeRoute = (service: string): string[] => program('remove', '--service', service);

/** Prints what the running router has in effect; exits 1 when none runs. */
export const applied = (): string[] => program('applied');

/** Prints requests, errors and latency by placement: behind a position of the log, or since a time of the host. */
export const routeStats = (service: string, window: { from: string } | { since: string }): string[] =>
  program(
    'stats',
    '--service',
    service,
    ...Object.entries(window).flatMap(([name, value]) => [`--${name}`, String(value)]),
  );

/** Prints where the log ends, and the time of the host. */
export const logMark = (): string[] => program('stats', '--mark');
