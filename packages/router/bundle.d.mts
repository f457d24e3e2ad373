/** Bundles the router into one CommonJS file. @returns the file's path */
export function bundle(outfile?: string): Promise<string>;
