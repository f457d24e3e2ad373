import type { PlatformModule } from '../platforms/contracts/module.js';
import type { LoadedModules } from './registry.js';
import type { PlacementConfig, ServiceConfig } from './schema.js';

/** A placement of the fleet file, with what its platform says of it. */
export interface DescribedPlacement {
  key: string;
  /** Path of the placement in the file. */
  at: string[];
  placement: PlacementConfig;
  platform: PlatformModule;
  /** Hosts of the fleet that it names, and where. */
  hosts: { host: string; path: PropertyKey[] }[];
}

/** The placements of a service whose platforms were loaded. */
export function placementsOf(
  service: string,
  { placements }: ServiceConfig,
  { platforms }: Pick<LoadedModules, 'platforms'>,
): DescribedPlacement[] {
  return Object.entries(placements).flatMap(([key, placement]): DescribedPlacement[] => {
    const platform = platforms.get(placement.platform);
    if (!platform) return [];
    const at = ['services', service, 'placements', key];
    const { hosts: listed } = placement as { hosts?: unknown[] };
    const path = (index: number): PropertyKey[] => {
      if (!listed) return [...at, 'host'];
      return typeof listed[index] === 'object' ? [...at, 'hosts', index, 'host'] : [...at, 'hosts', index];
    };
    const hosts = platform.hosts(placement).map((host, index) => ({ host, path: path(index) }));
    return [{ key, at, placement, platform, hosts }];
  });
}
