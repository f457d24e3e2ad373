import { runAppHooks, type AppHookData } from './core/app-hooks.js';
import { createCoreApi } from './core/core-api.js';
import { StartError } from './core/errors.js';
import { installCoreModule } from './core/install.js';
import { loadEntryPoints } from './core/load-app.js';
import { runLogHooks } from './core/log-hooks.js';
import { readAppPackage, type AppPackage } from './core/package-json.js';
import { Registry } from './core/registry.js';
import type { Log } from './log.js';
import { functionFolders } from './models/function-json.js';
import { loadFunctionFolders } from './models/load-folders.js';
import { hasProxies } from './models/proxies.js';
import { setV3Model } from './models/v3-model.js';

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
 * Loads the app in the order of the worker: core module, default model, entry points, appStart hooks, capabilities,
 * lock, and where nothing
 * was registered the scripts of function.json (specification 1.5). Throws StartError when an entry point fails or there
 * is no
 * function: the app is blocked.
 */
export async function startApp(root: string, log: Log): Promise<StartedApp> {
  const registry = new Registry(root);
  const hookData: AppHookData = { app: {}, shared: {} };
  let initialised = false;
  const api = createCoreApi(
    registry,
    (level, category, message) => {
      const line = runLogHooks(registry, { level, category, message }, { appHookData: hookData.shared });
      if (line.level !== 'none') log({ ...line, category: category === 'user' ? 'Worker.User' : 'Worker.System' });
    },
    () => initialised,
  );
  const uninstall = installCoreModule(api, root, { write: true });
  try {
    const folders = functionFolders(root);
    if (folders.length > 0) await setV3Model();
    initialised = true;
    const pkg = await readAppPackage(root);
    if (pkg.warning) log({ level: 'warning', category: 'Host.Startup', message: pkg.warning });
    const [failed] = await loadEntryPoints(root, pkg);
    await runAppHooks(registry, 'appStart', hookData, root);
    if (failed)
      throw new StartError(
        `The app cannot start: ${failed.file} failed to load.\n${failed.error.stack ?? failed.error.message}`,
      );
    const fromFolders = registry.functions.size === 0;
    if (fromFolders && folders.length === 0) throw new StartError(noFunctions(pkg));
    if (!registry.programmingModel) await setV3Model();
    const capabilities = (await registry.programmingModel?.getCapabilities?.({})) ?? {};
    registry.lock();
    if (fromFolders) registry.addLoaded(await loadFunctionFolders(root, pkg));
    else if (folders.length > 0) logMixed(folders, log);
    logProxies(root, log);
    return { name: pkg.name, registry, hookData, httpUri: capabilities.HttpUri, uninstall };
  } catch (error) {
    uninstall();
    throw error;
  }
}

function noFunctions({ main }: AppPackage): string {
  return main
    ? `No function was registered by the files of "main": "${main}". Do they call app.http(), ` +
        'app.timer(), ... of "@azure/functions"?'
    : 'package.json has no "main", whose files would register functions, and no folder has a function.json.';
}

/** On Azure this line comes a minute after the start (specification 1.8). */
function logMixed(folders: string[], log: Log): void {
  const message =
    'This is a mixed function app: functions are registered in code, so these folders ' +
    `are ignored: ${folders.join(', ')}.`;
  log({ level: 'warning', category: 'Host.Startup', message });
}

function logProxies(root: string, log: Log): void {
  if (!hasProxies(root)) return;
  log({
    level: 'warning',
    category: 'Host.Startup',
    message: 'proxies.json has entries: proxies are not supported, their routes get 404.',
  });
}
