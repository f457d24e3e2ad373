import type { FunctionMetadata } from '../core/contract.js';
import { createCoreApi } from '../core/core-api.js';
import { installCoreModule } from '../core/install.js';
import { loadEntryPoints } from '../core/load-app.js';
import { readAppPackage } from '../core/package-json.js';
import { Registry, type RegisteredFunction } from '../core/registry.js';
import { toError } from '../core/errors.js';

/** What the child tells its parent, as one message. */
export interface Recording {
  functions: { metadata: FunctionMetadata; where: RegisteredFunction['where'] }[];
  loadErrors: { file: string; message: string }[];
  usesLibrary: boolean;
}

/** Runs in the child process: loads the app's entry points, calls no function, sends the recording, ends. */
export async function recordChild(root: string): Promise<void> {
  const registry = new Registry(root);
  installCoreModule(createCoreApi(registry, () => undefined));
  process.chdir(root);
  const failure = (file: string, error: Error): Recording['loadErrors'][number] => ({ file, message: error.stack ?? error.message });
  let loadErrors: Recording['loadErrors'] = [];
  const send = (): void => {
    const functions = [...registry.functions.values()].map(({ metadata, where }) => ({ metadata, where }));
    const recording: Recording = { functions, loadErrors, usesLibrary: registry.programmingModel !== undefined };
    // through JSON: bindings may hold values that the channel cannot carry
    process.send?.(JSON.stringify(recording), () => process.exit(0));
  };
  process.on('uncaughtException', (thrown) => {
    loadErrors = [...loadErrors, failure('(outside of loading)', toError(thrown))];
    send();
  });
  const errors = await loadEntryPoints(root, await readAppPackage(root));
  loadErrors = errors.map(({ file, error }) => failure(file, error));
  send();
}
