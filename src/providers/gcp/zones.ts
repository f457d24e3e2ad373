import type { HostWish } from '../contracts/setup.js';
import type { GcpConfig } from './sdk.js';

/** Zones that a fleet uses: the default one and those of its hosts. */
export const zonesOf = (config: GcpConfig, hosts: Readonly<Record<string, HostWish>>): string[] =>
  [...new Set([config.zone, ...Object.values(hosts).flatMap(({ zone }) => (zone ? [zone] : []))])].sort();

/** Region of a zone: europe-west1 of europe-west1-b. */
export const regionOf = (zone: string): string => zone.replace(/-[a-z]$/, '');

/** Regions that a fleet uses. */
export const regionsOf = (config: GcpConfig, hosts: Readonly<Record<string, HostWish>>): string[] => [
  ...new Set(zonesOf(config, hosts).map(regionOf)),
];
