import { join } from 'node:path';

/** Files of a router's directory. */
export const settingsFile = (dir: string): string => join(dir, 'router.json');
export const routesDir = (dir: string): string => join(dir, 'routes');
export const routeFile = (dir: string, service: string): string => join(routesDir(dir), `${service}.json`);
export const appliedFile = (dir: string): string => join(dir, 'applied.json');
