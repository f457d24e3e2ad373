import { runScript } from '../core/host-script.js';
import { watchdogDir } from './layout.js';

const watchdog = (script: string, ...args: string[]): string[] =>
  runScript(`watchdog-${script}`, 'fanops-watchdog', ...args);

/** Files of a service's watchdog on the router host. */
export const watchdogFiles = (service: string) => {
  const dir = watchdogDir(service);
  return { dir, program: `${dir}/watchdog.sh`, route: `${dir}/route.json` };
};

/**
 * Starts the watchdog, which outlives the connection; one that runs already is ended first. `revert` puts the route
 * back once the lease, in
 * milliseconds, was not renewed in time.
 */
export const armWatchdog = (service: string, leaseMs: number, revert: string[]): string[] =>
  watchdog('arm', watchdogDir(service), String(Math.ceil(leaseMs / 1000)), watchdogFiles(service).program, ...revert);

/**
 * Renews the lease; prints `fired` when it came too late, `gone` when the watchdog has ended and guards nothing.
 */
export const renewWatchdog = (service: string): string[] => watchdog('renew', watchdogDir(service));

/** Ends the watchdog and removes its files; prints `disarmed`, or `fired` when it had put the route back. */
export const disarmWatchdog = (service: string): string[] => watchdog('disarm', watchdogDir(service));
