import { z } from 'zod';
import { DURATION_PATTERN } from '../core/duration.js';

const duration = z.string().regex(DURATION_PATTERN, 'a number and a unit: 250ms, 5s, 2m, 1h').optional();

/** `timing` of the fleet file. Bounds and how the settings go together are checked in timing.ts. */
export const timing = z.strictObject({
  hold: duration.describe(
    'How long a migration holds and watches each share of traffic. `--hold` overrides it. Default: 5s',
  ),
  drain: duration.describe(
    'How long a request under way may go on when its worker is replaced or stopped; `drain` of a placement overrides it. Default: 230s, as long as Azure allows',
  ),
  lockLease: duration.describe('Age at which the lock of a run that no longer renews it expires. Default: 60s'),
  lockRenewal: duration.describe(
    'Time between two renewals of a lock, at most half of lockLease. Default: a quarter of it',
  ),
  watchdogLease: duration.describe(
    'Age of its lease at which the watchdog on the router host sends the traffic back. Default: 20s',
  ),
  watchdogRenewal: duration.describe(
    'Time between two renewals of that lease, at most half of watchdogLease. Default: a fifth of it',
  ),
  probeInterval: duration.describe(
    'First pause between two health probes of a release that starts; it grows to four times that. Default: 150ms',
  ),
  trial: duration.describe(
    'How long a release must stay up beside the one that serves before it is swapped in. Default: 800ms',
  ),
  gateInterval: duration.describe('Pause between two looks of the gate at the figures of the router. Default: 1s'),
});

export type TimingConfig = z.infer<typeof timing>;
