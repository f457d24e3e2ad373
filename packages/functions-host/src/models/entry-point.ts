import type { FunctionCallback } from '../core/contract.js';

/**
 * The function of a v3 script: an exported function itself; of an object the member `entryPoint`, else its only export,
 * else `run`, else
 * `index`, called with the module as `this` (specification 1.8). Throws an Error when it is none.
 */
export function entryPoint(exported: unknown, name: string | undefined): FunctionCallback {
  const found =
    typeof exported === 'object' && exported !== null ? member(exported as Record<string, unknown>, name) : exported;
  if (!found) {
    const wanted = name
      ? `there is no export "${name}"`
      : 'of several exports one must be named "run" or "index", or "entryPoint" be set';
    throw new Error(`its entry point cannot be found: ${wanted}`);
  }
  if (typeof found !== 'function') throw new Error('its entry point is not a function');
  return typeof exported === 'object'
    ? ((found as FunctionCallback).bind(exported) as FunctionCallback)
    : (found as FunctionCallback);
}

function member(module: Record<string, unknown>, name: string | undefined): unknown {
  if (name) return module[name];
  const keys = Object.keys(module);
  return keys.length === 1 ? module[keys[0]!] : module.run || module.index;
}
