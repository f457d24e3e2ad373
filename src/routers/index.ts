import type { EngineModule } from './contracts/module.js';

/** How each engine of the router is loaded, by its name. */
export type EngineTable = Readonly<Record<string, () => Promise<{ engine: EngineModule }>>>;

/**
 * The one table of engines: the name of a folder, and its config.ts. The first is that of a router which names none.
 */
export const ENGINES: EngineTable = {
  embedded: () => import('./embedded/config.js'),
  nginx: () => import('./nginx/config.js'),
  haproxy: () => import('./haproxy/config.js'),
};

/** Loads what an engine says of itself; undefined when there is none of that name. */
export const engineModule = async (name: string, table = ENGINES): Promise<EngineModule | undefined> =>
  Object.hasOwn(table, name) ? (await table[name]?.())?.engine : undefined;

/** Loads what all engines say of themselves, in the order of their table. */
export const engineModules = async (table = ENGINES): Promise<readonly EngineModule[]> =>
  (await Promise.all(Object.values(table).map((load) => load()))).map(({ engine }) => engine);
