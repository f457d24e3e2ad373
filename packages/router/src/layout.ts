import { join } from 'node:path';
import type { EngineName } from './state.js';

/** Engines that are programs of others. */
export type ForeignName = Exclude<EngineName, 'embedded'>;

/** Files of a router's directory. */
export const settingsFile = (dir: string): string => join(dir, 'router.json');
export const routesDir = (dir: string): string => join(dir, 'routes');
export const routeFile = (dir: string, service: string): string => join(routesDir(dir), `${service}.json`);
export const appliedFile = (dir: string): string => join(dir, 'applied.json');
/** What the holder says of itself: process, engine, program, and why it could not follow its settings. */
export const holderFile = (dir: string): string => join(dir, 'holder.json');
/** Where engines run that need files of their own, one folder for each process. */
export const engineDir = (dir: string, name: ForeignName): string => join(dir, name);
/** Of a program that has no templates built in. */
export const templatesDir = (dir: string): string => join(dir, 'templates');
