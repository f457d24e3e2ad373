import type { HostWish } from '../contracts/setup.js';
import type { GcpConfig } from './sdk.js';

/** Zones that a fleet uses: the default one and those of its hosts. */
export const zonesOf = (config: GcpConfig, hosts: Readonly<Record<string, HostWish>>): string[] =>
  [...new Set([config.zone, ...Object.values(hosts).flatMap(({ zone }) => (zone ? [zone] : []))])].sort();
