import { ReadOnlyError } from './errors.js';
import type { Registry } from './registry.js';

export interface AppHookData {
  /** Seen by appStart and appTerminate hooks only. */
  app: Record<string, unknown>;
  /** Seen by every hook as `appHookData`. */
  shared: Record<string, unknown>;
}

/** Runs the app's start or end hooks in registration order, each awaited (specification 1.5). */
export async function runAppHooks(
  registry: Registry,
  name: 'appStart' | 'appTerminate',
  data: AppHookData,
  functionAppDirectory: string,
): Promise<void> {
  const context = readOnly({ hookData: data.app, appHookData: data.shared, functionAppDirectory });
  for (const callback of registry.hooks(name)) await callback(context);
}

/** Members that throw a TypeError naming the property on assignment, as the worker's do (specification 1.5). */
export function readOnly<T extends object>(members: T): Readonly<T> {
  const target = {};
  for (const [key, value] of Object.entries(members)) {
    Object.defineProperty(target, key, {
      enumerable: true,
      get: () => value as unknown,
      set: () => {
        throw new ReadOnlyError(key);
      },
    });
  }
  return target as Readonly<T>;
}
