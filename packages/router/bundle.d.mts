/**
 * Bundles a program of this package into one CommonJS file.
 * @param entry module in src; default: the router
 * @param options.builtIn false: it reads its templates from its folder, as routers of versions before did
 * @returns the file's path
 */
export function bundle(
  outfile?: string,
  entry?: 'cli' | 'trial-probe',
  options?: { builtIn?: boolean },
): Promise<string>;
