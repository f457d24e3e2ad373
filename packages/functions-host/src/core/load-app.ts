import { createRequire } from 'node:module';
import { extname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { glob } from 'tinyglobby';
import { toError } from './errors.js';
import type { AppPackage } from './package-json.js';

export interface LoadError {
  /** Relative to the app root; the glob itself when nothing matched. */
  file: string;
  error: Error;
}

/**
 * Loads the files that package.json `main` (a glob) names, one after another, awaited (specification 1.5).
 * Stops at the first that fails, as nothing after it counts: the app is blocked.
 */
export async function loadEntryPoints(root: string, pkg: AppPackage): Promise<LoadError[]> {
  if (!pkg.main) return [];
  const files = await findEntryPoints(root, pkg.main);
  if (files.length === 0) {
    return [{ file: pkg.main, error: new Error(`No file matches "main": "${pkg.main}" of package.json. Was the app built?`) }];
  }
  for (const file of files) {
    try {
      await loadFile(join(root, file), pkg);
    } catch (thrown) {
      return [{ file, error: toError(thrown) }];
    }
  }
  return [];
}

/** Files that `main` matches, relative to the root: upper folders first, then by name. */
export async function findEntryPoints(root: string, main: string): Promise<string[]> {
  const pattern = relative(root, resolve(root, main)).split(sep).join('/') || main;
  const found = await glob(pattern, { cwd: root, onlyFiles: true, dot: false });
  const depth = (file: string): number => file.split('/').length;
  return found.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

/**
 * Decides by extension and package type, never by trial: since Node 20.19 `require` loads ES modules too,
 * and gives them an extra key (specification 1.5).
 */
async function loadFile(path: string, pkg: AppPackage): Promise<void> {
  const extension = extname(path);
  const esm = extension === '.mjs' || (extension !== '.cjs' && pkg.type === 'module');
  if (esm) await import(pathToFileURL(path).href);
  else createRequire(path)(path);
}
