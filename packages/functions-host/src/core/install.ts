import Module from 'node:module';
import type { CoreApi } from './core-api.js';
import { publishCore, serveCoreImports, writeCorePackage } from './core-package.js';

const specifier = '@azure/functions-core';

/**
 * Makes `@azure/functions-core` be `api` in the whole process, for `require` by a patch and for `import` by a package
 * that is written into
 * the app's node_modules, or from memory where it cannot be, or where `write` is false (specification 1.2). Must run
 * before any file of
 * the app. Returns the way back; the written package stays.
 */
export function installCoreModule(api: CoreApi, root: string, { write }: { write: boolean }): () => void {
  const original = Module.prototype.require;
  const patched = function (this: Module, id: string): unknown {
    return id === specifier ? api : original.call(this, id);
  };
  const installed = Object.assign(patched, original) as typeof original;
  Module.prototype.require = installed;
  const unpublish = publishCore(api);
  const stopServing = write && writeCorePackage(root) ? undefined : serveCoreImports();
  return () => {
    if (Module.prototype.require === installed) Module.prototype.require = original;
    unpublish();
    stopServing?.();
  };
}
