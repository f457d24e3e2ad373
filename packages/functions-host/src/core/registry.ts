import type { FunctionCallback, FunctionMetadata, HookCallback, ProgrammingModel } from './contract.js';
import { Disposable } from './disposable.js';
import { SystemError, SystemRangeError } from './errors.js';
import { callSite, type SourcePlace } from './call-site.js';

const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof hookNames)[number];

export interface RegisteredFunction {
  id: string;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
  where?: SourcePlace;
}

/** What the app registers while it loads: functions, hooks and its programming model (specification 1.1, 1.3). */
export class Registry {
  readonly functions = new Map<string, RegisteredFunction>();
  programmingModel?: ProgrammingModel;
  #hooks = new Map<HookName, HookCallback[]>();
  #locked = false;

  constructor(private readonly appRoot: string) {}

  /** After this no function may be added or removed. */
  lock(): void {
    this.#locked = true;
  }

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#locked) throw new SystemError('A function can only be registered during app startup.');
    const id = metadata.functionId || metadata.name;
    if (this.functions.has(id)) throw new SystemError(`A function with the name "${id}" is already registered.`);
    const bindings = Object.fromEntries(Object.entries(metadata.bindings).map(([name, b]) => [name, { ...b, name }]));
    this.functions.set(id, { id, metadata: { ...metadata, bindings }, callback, where: callSite(this.appRoot) });
    return new Disposable(() => {
      if (this.#locked) throw new SystemError('A function can only be removed during app startup.');
      this.functions.delete(id);
    });
  }

  registerHook(name: string, callback: HookCallback): Disposable {
    if (!isHookName(name)) throw new SystemRangeError(`Unknown hook "${name}". Known: ${hookNames.join(', ')}.`);
    const callbacks = this.#hooks.get(name) ?? [];
    callbacks.push(callback);
    this.#hooks.set(name, callbacks);
    return new Disposable(() => {
      const at = callbacks.indexOf(callback);
      if (at >= 0) callbacks.splice(at, 1);
    });
  }

  hooks(name: HookName): readonly HookCallback[] {
    return [...(this.#hooks.get(name) ?? [])];
  }
}

function isHookName(name: string): name is HookName {
  return (hookNames as readonly string[]).includes(name);
}
