import type { FunctionMetadata } from '../core/contract.js';
import { createCoreApi } from '../core/core-api.js';
import { installCoreModule } from '../core/install.js';
import { loadEntryPoints } from '../core/load-app.js';
import { readAppPackage, type AppPackage } from '../core/package-json.js';
import { Registry } from '../core/registry.js';
import { toError } from '../core/errors.js';
import { functionFolders } from '../models/function-json.js';
import { loadFunctionFolders } from '../models/load-folders.js';
import { setV3Model } from '../models/v3-model.js';
import type { Place } from './types.js';

/** A function as it was registered, or as its function.json tells it. */
export interface RecordedFunction {
  metadata: FunctionMetadata;
  where?: Place;
  /** Why it cannot run, found while it was loaded. */
  error?: string;
  errorOnAzureToo?: boolean;
  /** function.json says `"disabled": true`. */
  saysDisabled?: boolean;
}

/** What the child tells its parent, as one message. */
export interface Recording {
  functions: RecordedFunction[];
  loadErrors: { file: string; message: string; function?: string }[];
}

/** Runs in the child process: loads the app's entry points, calls no function, sends the recording, ends. */
export async function recordChild(root: string): Promise<void> {
  const registry = new Registry(root);
  installCoreModule(
    createCoreApi(registry, () => undefined),
    root,
    { write: false },
  );
  process.setSourceMapsEnabled(true); // places in TypeScript sources, where the build left maps
  process.chdir(root);
  // Its parent was ended: nobody asks any more.
  process.on('disconnect', () => process.exit(1));
  const failure = (file: string, error: Error): Recording['loadErrors'][number] => ({
    file,
    message: error.stack ?? error.message,
  });
  let loadErrors: Recording['loadErrors'] = [];
  let folders: RecordedFunction[] = [];
  const send = (): void => {
    const registered = [...registry.functions.values()].map(({ metadata, where }) => ({ metadata, where }));
    const recording: Recording = { functions: [...registered, ...folders], loadErrors };
    // through JSON: bindings may hold values that the channel cannot carry
    process.send?.(JSON.stringify(recording), () => process.exit(0));
  };
  process.on('uncaughtException', (thrown) => {
    loadErrors = [...loadErrors, failure('(outside of loading)', toError(thrown))];
    send();
  });
  const isV3 = functionFolders(root).length > 0;
  if (isV3) await setV3Model();
  const pkg = await readAppPackage(root);
  loadErrors = (await loadEntryPoints(root, pkg)).map(({ file, error }) => failure(file, error));
  if (isV3 && registry.functions.size === 0) {
    const loaded = await recordFolders(root, pkg);
    folders = loaded.functions;
    loadErrors.push(...loaded.loadErrors);
  }
  send();
}

async function recordFolders(root: string, pkg: AppPackage): Promise<Pick<Recording, 'functions' | 'loadErrors'>> {
  const loaded = await loadFunctionFolders(root, pkg);
  return {
    functions: loaded.map(({ metadata, where, error, errorOnAzureToo, folder, thrown }) => ({
      metadata,
      where,
      saysDisabled: folder.saysDisabled,
      ...(thrown ? {} : { error, errorOnAzureToo }),
    })),
    loadErrors: loaded.flatMap(({ metadata, thrown }) =>
      thrown
        ? [{ file: `${metadata.name}/function.json`, message: thrown.stack ?? thrown.message, function: metadata.name }]
        : [],
    ),
  };
}
