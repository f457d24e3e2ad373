import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { AppPackage } from './package-json.js';

/**
 * Loads a file of the app and gives what it exports. Decides by extension and package type, never by trial: since Node
 * 20.19
 * `require` loads ES modules too, and gives them an extra key (specification 1.5).
 */
export async function loadFile(path: string, pkg: Pick<AppPackage, 'type'>): Promise<unknown> {
  return isEsModule(path, pkg) ? import(pathToFileURL(path).href) : createRequire(path)(path);
}

function isEsModule(path: string, { type }: Pick<AppPackage, 'type'>): boolean {
  return path.endsWith('.mjs') || (!path.endsWith('.cjs') && type === 'module');
}
