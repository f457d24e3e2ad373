import { schemaRegistry } from '../../src/context/modules.js';
import { fleetOf, type Fleet } from '../../src/fleet/fleet.js';
import { mergeLayers, readLayer } from '../../src/fleet/layers.js';
import { checkContent } from '../../src/fleet/parse.js';
import { everyModule } from '../../src/fleet/registry.js';

/** The modules that come with fanops. */
export const REGISTRY = schemaRegistry();
export const MODULES = await everyModule(REGISTRY);

/** The fleet of a text, checked with all modules. */
export function parseFleet(text: string, file: string): Fleet {
  const layers = [readLayer(text, file)];
  return fleetOf(checkContent(layers, mergeLayers(layers), MODULES), [{ text, file }], MODULES);
}
