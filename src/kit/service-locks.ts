import type { LockRequest } from '../core/plan.js';
import type { Fleet } from '../fleet/fleet.js';
import { serviceLock } from '../remote/layout.js';

/**
 * What is locked while placements of a service change: the service on their hosts, and on others, such as the router
 * host where its route moves.
 * @param without hosts that the change leaves out, since they may be gone
 */
export const serviceLocks = (
  fleet: Fleet,
  service: string,
  placements: readonly string[],
  others: readonly string[] = [],
  without: readonly string[] = [],
): LockRequest[] =>
  [
    ...new Set([
      ...others,
      ...placements.flatMap((name) => fleet.hostsOf(service, name)).filter((host) => !without.includes(host)),
    ]),
  ].map((host) => ({ host, name: serviceLock(service) }));

/** Where a placement runs, in words: its hosts, else its name. */
export const placeOf = (fleet: Fleet, service: string, placement: string, without: readonly string[] = []): string =>
  fleet
    .hostsOf(service, placement)
    .filter((host) => !without.includes(host))
    .join(', ') || placement;
