import * as z from 'zod/mini';

/**
 * What the watchdog's scripts print when its lease is renewed: `gone` when it has ended and guards nothing, `fired`
 * when it has put the route back.
 */
export const watchdogLease = z.enum(['renewed', 'fired', 'gone']);
/** When it is taken off. */
export const watchdogEnd = z.enum(['disarmed', 'fired']);

export type WatchdogLease = z.infer<typeof watchdogLease>;
export type WatchdogEnd = z.infer<typeof watchdogEnd>;
