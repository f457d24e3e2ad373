import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { routesDir, settingsFile } from './layout.js';
import {
  isOlder,
  parseRoute,
  parseSettings,
  routeKey,
  type Route,
  type RouterSettings,
  type RouterState,
} from './state.js';

/** What the files ask for, and which of them can't be followed: file name to reason. */
export interface Wish {
  state: RouterState;
  errors: Record<string, string>;
}

/**
 * Reads what the files of a router's directory ask for; of a file that can't be followed the last good content counts.
 */
export class Desired {
  #settings: RouterSettings | undefined;
  #routes = new Map<string, Route>();

  constructor(private readonly dir: string) {}

  /** @throws {Error} when there are no settings and never were */
  async read(): Promise<Wish> {
    const errors: Record<string, string> = {};
    try {
      this.#settings = parseSettings(await readFile(settingsFile(this.dir), 'utf8'));
    } catch (error) {
      if (!this.#settings)
        throw new Error(`no settings to start with, ${settingsFile(this.dir)}: ${(error as Error).message}`, {
          cause: error,
        });
      errors['router.json'] = (error as Error).message;
    }
    const next = new Map<string, Route>();
    const taken = new Map<string, string>();
    for (const name of await routeNames(this.dir)) {
      const service = name.slice(0, -'.json'.length);
      const route = await this.#follow(name, service, errors);
      if (!route) continue;
      const twin = taken.get(routeKey(route));
      if (twin) errors[name] = `path: ${twin} has the same route`;
      else {
        next.set(service, route);
        taken.set(routeKey(route), service);
      }
    }
    this.#routes = next;
    return { state: { ...this.#settings, routes: [...next.values()] }, errors };
  }

  async #follow(name: string, service: string, errors: Record<string, string>): Promise<Route | undefined> {
    const kept = this.#routes.get(service);
    try {
      const route = parseRoute(await readFile(join(routesDir(this.dir), name), 'utf8'));
      if (route.service !== service) throw new Error(`service: must be ${service}, as the file is named`);
      if (kept && isOlder(route, kept)) throw new Error(`fence ${route.fence} is lower than the applied ${kept.fence}`);
      return route;
    } catch (error) {
      // Removed between listing and reading: it counts as gone.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      errors[name] = (error as Error).message;
      return kept;
    }
  }
}

/** Names of the route files, sorted; drafts of writers are left out. */
export async function routeNames(dir: string): Promise<string[]> {
  try {
    return (await readdir(routesDir(dir))).filter((name) => /^[a-z][a-z0-9-]*\.json$/.test(name)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
