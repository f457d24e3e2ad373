import { runAppHooks, type AppHookData } from './core/app-hooks.js';
import { createCoreApi } from './core/core-api.js';
import { StartError } from './core/errors.js';
import { installCoreModule } from './core/install.js';
import { loadEntryPoints } from './core/load-app.js';
import { readAppPackage } from './core/package-json.js';
import { Registry } from './core/registry.js';
import type { Log } from './log.js';

export interface StartedApp {
  name?: string;
  registry: Registry;
  hookData: AppHookData;
  /** The library's own listener, when the app asked for streaming. */
  httpUri?: string;
  /** Takes the patch of `require` out again. */
  uninstall: () => void;
}

/**
 * Loads the app in the order of the worker: core module, entry points, appStart hooks, capabilities, lock
 * (specification 1.5). Throws StartError when an entry point fails or nothing is registered: the app is blocked.
 */
export async function startApp(root: string, log: Log): Promise<StartedApp> {
  const registry = new Registry(root);
  const hookData: AppHookData = { app: {}, shared: {} };
  const uninstall = installCoreModule(createCoreApi(registry, (level, category, message) =>
    log({ level, category: category === 'user' ? 'Worker.User' : 'Worker.System', message })));
  try {
    const pkg = await readAppPackage(root);
    if (pkg.warning) log({ level: 'warning', category: 'Host.Startup', message: pkg.warning });
    const errors = await loadEntryPoints(root, pkg);
    await runAppHooks(registry, 'appStart', hookData, root);
    const [failed] = errors;
    if (failed) throw new StartError(`The app cannot start: ${failed.file} failed to load.\n${failed.error.stack ?? failed.error.message}`);
    if (registry.functions.size === 0) throw new StartError(noFunctions(pkg.main));
    const capabilities = (await registry.programmingModel?.getCapabilities?.({})) ?? {};
    registry.lock();
    return { name: pkg.name, registry, hookData, httpUri: capabilities.HttpUri, uninstall };
  } catch (error) {
    uninstall();
    throw error;
  }
}

function noFunctions(main: string | undefined): string {
  return main
    ? `No function was registered by the files of "main": "${main}". Do they call app.http(), app.timer(), ... of "@azure/functions"?`
    : 'package.json has no "main". This host runs the v4 model, whose functions are registered by the files that "main" names.';
}
