import Module from 'node:module';
import type { CoreApi } from './core-api.js';

const specifier = '@azure/functions-core';

/**
 * Makes `require('@azure/functions-core')` return `api` in the whole process (specification 1.2).
 * Must run before any file of the app. Returns the function that takes the patch out again.
 */
export function installCoreModule(api: CoreApi): () => void {
  const original = Module.prototype.require;
  const patched = function (this: Module, id: string): unknown {
    return id === specifier ? api : original.call(this, id);
  };
  Module.prototype.require = Object.assign(patched, original) as typeof original;
  return () => {
    if (Module.prototype.require === (patched as unknown)) Module.prototype.require = original;
  };
}
