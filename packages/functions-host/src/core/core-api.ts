import type {
  LogCategory,
  LogLevel,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  ProgrammingModel,
} from './contract.js';
import { Disposable } from './disposable.js';
import { SystemError } from './errors.js';
import type { Registry } from './registry.js';

/** The contract's version that this host speaks; the library only compares for presence of members. */
export const workerVersion = '3.10.1';
export const hostVersion = '4.1037.0';

export interface CoreApi {
  version: string;
  /** Throws before the app is started (specification 1.1). */
  readonly hostVersion: string;
  Disposable: typeof Disposable;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/**
 * Builds the module that the app's library gets for `require('@azure/functions-core')` (specification 1.1).
 * `initialised` tells whether the host is far enough to have a version.
 */
export function createCoreApi(
  registry: Registry,
  log: CoreApi['log'],
  initialised: () => boolean = () => true,
): CoreApi {
  return {
    version: workerVersion,
    get hostVersion() {
      if (!initialised()) throw new SystemError('The host version is not known before the worker is initialised.');
      return hostVersion;
    },
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
