import type { LogCategory, LogLevel, FunctionCallback, FunctionMetadata, HookCallback, ProgrammingModel } from './contract.js';
import { Disposable } from './disposable.js';
import type { Registry } from './registry.js';

/** The contract's version that this host speaks; the library only compares for presence of members. */
export const workerVersion = '3.10.1';
export const hostVersion = '4.1037.0';

export interface CoreApi {
  version: string;
  readonly hostVersion: string;
  Disposable: typeof Disposable;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/** Builds the module that the app's library gets for `require('@azure/functions-core')` (specification 1.1). */
export function createCoreApi(registry: Registry, log: CoreApi['log']): CoreApi {
  return {
    version: workerVersion,
    hostVersion,
    Disposable,
    registerFunction: (metadata, callback) => registry.registerFunction(metadata, callback),
    registerHook: (name, callback) => registry.registerHook(name, callback),
    setProgrammingModel: (model) => {
      registry.programmingModel = model;
    },
    getProgrammingModel: () => registry.programmingModel,
    log,
  };
}
