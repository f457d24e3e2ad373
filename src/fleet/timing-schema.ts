import { z } from 'zod';
import { duration } from './schema-values.js';

/** `timing` of the fleet file. Bounds and how the settings go together are checked in timing.ts. */
export const timing = z.strictObject({
  hold: duration
    .optional()
    .describe('How long a migration holds and watches each share of traffic. `--hold` overrides it. Default: 5s'),
  drain: duration
    .optional()
    .describe(
      'How long a request under way may go on when its worker is replaced or stopped; `drain` of a ' +
        'placement overrides it. Default: 230s, as long as Azure allows',
    ),
  lockLease: duration
    .optional()
    .describe('Age at which the lock of a run that no longer renews it expires. Default: 60s'),
  lockRenewal: duration
    .optional()
    .describe('Time between two renewals of a lock, at most half of lockLease. Default: a quarter of it'),
  watchdogLease: duration
    .optional()
    .describe('Age of its lease at which the watchdog on the router host sends the traffic back. Default: 20s'),
  watchdogRenewal: duration
    .optional()
    .describe('Time between two renewals of that lease, at most half of watchdogLease. Default: a fifth of it'),
  probeInterval: duration
    .optional()
    .describe(
      'First pause between two health probes of a release that starts; it grows to four times that. Default: 150ms',
    ),
  trial: duration
    .optional()
    .describe('How long a release must stay up beside the one that serves before it is swapped in. Default: 800ms'),
  gateInterval: duration
    .optional()
    .describe('Pause between two looks of the gate at the figures of the router. Default: 1s'),
});

export type TimingConfig = z.infer<typeof timing>;
