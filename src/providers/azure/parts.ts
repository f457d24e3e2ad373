import type { AzureCalls } from './calls.js';
import type { Ground } from './ground.js';
import type { AzureImages } from './images.js';
import type { Interfaces } from './interfaces.js';
import type { Locations } from './locations.js';

/** What the virtual machines of Azure are made and found with. */
export interface AzureParts {
  calls: AzureCalls;
  ground: Ground;
  interfaces: Interfaces;
  images: AzureImages;
  locations: Locations;
}
