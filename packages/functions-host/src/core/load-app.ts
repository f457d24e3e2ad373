import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expandBraces, isPattern } from './braces.js';
import { SystemError, toError } from './errors.js';
import { loadFile } from './load-file.js';
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
    const what = isPattern(pkg.main) ? 'No file matches' : 'There is no file for';
    return [
      { file: pkg.main, error: new SystemError(`${what} "main": "${pkg.main}" of package.json. Was the app built?`) },
    ];
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

/**
 * Files that `main` matches, relative to the root, in the glob library's order: files that a brace names outright
 * first, in the
 * order of the brace, then what the patterns find, upper folders first, then by name (specification 1.5).
 */
export async function findEntryPoints(root: string, main: string): Promise<string[]> {
  const patterns = expandBraces(main).map((pattern) => posix.normalize(pattern.replaceAll('\\', '/')));
  const named = patterns.filter((pattern) => !isPattern(pattern) && isFile(join(root, pattern)));
  const open = patterns.filter(
    (pattern) => !named.includes(pattern) && (isPattern(pattern) || existsSync(join(root, pattern))),
  );
  return [...new Set([...named, ...(open.length > 0 ? await findFiles(root, open) : [])])];
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

async function findFiles(root: string, patterns: string[]): Promise<string[]> {
  const { glob } = await import('tinyglobby'); // most apps name one file: it is not loaded for them
  const found = await glob(patterns, { cwd: root, onlyFiles: true, dot: false });
  const depth = (file: string): number => file.split('/').length;
  return found.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}
