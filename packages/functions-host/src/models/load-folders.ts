import { toError } from '../core/errors.js';
import { loadFile } from '../core/load-file.js';
import type { AppPackage } from '../core/package-json.js';
import type { RegisteredFunction } from '../core/registry.js';
import { entryPoint } from './entry-point.js';
import { functionFolders, readFunctionFolder, type FunctionFolder } from './function-json.js';

/** A loaded function.json function; `thrown` is what its script threw. */
export interface LoadedFunction extends RegisteredFunction {
  folder: FunctionFolder;
  thrown?: Error;
}

/**
 * Loads the scripts of the v3 functions, one after another. One that fails is in error, the others run (specification
 * 1.5, 1.8).
 */
export async function loadFunctionFolders(root: string, pkg: AppPackage): Promise<LoadedFunction[]> {
  const functions: LoadedFunction[] = [];
  for (const name of functionFolders(root)) functions.push(await loadFolder(readFunctionFolder(root, name), pkg));
  return functions;
}

async function loadFolder(folder: FunctionFolder, pkg: AppPackage): Promise<LoadedFunction> {
  const { name, directory, bindings, retry, script } = folder;
  const fn: LoadedFunction = {
    id: name,
    metadata: { name, directory, bindings, retryOptions: retry },
    callback: () => undefined,
    where: { file: `${name}/function.json`, line: 1 },
    folder,
  };
  if (!script) return { ...fn, error: folder.error, errorOnAzureToo: true };
  let exported: unknown;
  try {
    exported = await loadFile(script, pkg);
  } catch (thrown) {
    const error = toError(thrown);
    return { ...fn, error: `its script failed to load: ${error.stack ?? error.message}`, thrown: error };
  }
  try {
    return { ...fn, callback: entryPoint(exported, folder.entryPoint) };
  } catch (error) {
    return { ...fn, error: (error as Error).message, errorOnAzureToo: true };
  }
}
