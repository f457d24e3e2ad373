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
  /** Why it cannot run, known while it was loaded; the others run (specification 1.8). */
  error?: string;
  /** True where the same fault keeps it from running on Azure. */
  errorOnAzureToo?: boolean;
}

/** What the app registers while it loads: functions, hooks and its programming model (specification 1.1, 1.3). */
export class Registry {
  readonly functions = new Map<string, RegisteredFunction>();
  programmingModel?: ProgrammingModel;
  /** Runs invocations in place of the programming model, which stays what the app sees. */
  directModel?: ProgrammingModel;
  #hooks = new Map<HookName, readonly HookCallback[]>(hookNames.map((name) => [name, []]));
  #locked = false;

  constructor(private readonly appRoot: string) {}

  /** After this no function may be added or removed by the app. */
  lock(): void {
    this.#locked = true;
  }

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#locked) throw new SystemError('A function can only be registered during app startup.');
    const id = metadata.functionId || metadata.name;
    if (this.functions.has(id)) throw new SystemError(`A function with the name "${id}" is already registered.`);
    const bindings = Object.fromEntries(
      Object.entries(metadata.bindings ?? {}).map(([name, b]) => [name, { ...b, name }]),
    );
    this.functions.set(id, { id, metadata: { ...metadata, bindings }, callback, where: callSite(this.appRoot) });
    return new Disposable(() => {
      if (this.#locked) throw new SystemError('A function can only be removed during app startup.');
      this.functions.delete(id);
    });
  }

  /** Adds functions of function.json folders, which are loaded after the lock (specification 1.5). */
  addLoaded(functions: RegisteredFunction[]): void {
    for (const fn of functions) this.functions.set(fn.id, fn);
  }

  registerHook(name: string, callback: HookCallback): Disposable {
    if (!isHookName(name)) throw new SystemRangeError(`Unknown hook "${name}". Known: ${hookNames.join(', ')}.`);
    this.#hooks.set(name, [...this.hooks(name), callback]);
    return new Disposable(() => {
      const left = [...this.hooks(name)];
      const at = left.indexOf(callback);
      if (at >= 0) left.splice(at, 1);
      this.#hooks.set(name, left);
    });
  }

  /** In order of registration. A list that was given out does not change any more. */
  hooks(name: HookName): readonly HookCallback[] {
    return this.#hooks.get(name)!;
  }
}

function isHookName(name: string): name is HookName {
  return (hookNames as readonly string[]).includes(name);
}
