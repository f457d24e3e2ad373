import type { Fleet } from '../fleet/fleet.js';

type Placement = ReturnType<Fleet['placement']>;

/** The host that a placement is on; undefined where its platform has none. */
export const hostOfPlacement = (placement: Placement | undefined): string | undefined =>
  placement !== undefined && 'host' in placement ? placement.host : undefined;

/** Services that the fleet file places on a host. */
export const servicesPlacedOn = (fleet: Fleet, host: string): string[] =>
  fleet
    .serviceNames()
    .filter((service) =>
      Object.values(fleet.service(service).placements).some((placement) => hostOfPlacement(placement) === host),
    );
