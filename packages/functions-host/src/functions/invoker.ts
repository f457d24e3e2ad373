import { randomUUID } from 'node:crypto';
import type { AppHookData } from '../core/app-hooks.js';
import type { InvocationRequest, InvocationResponse, RetryContext, TypedData } from '../core/contract.js';
import { toError } from '../core/errors.js';
import { invoke } from '../core/invoke.js';
import type { Registry } from '../core/registry.js';
import type { Log } from '../log.js';
import type { HostedFunction } from './function-table.js';
import { traceContext } from './trace-context.js';

/** Writes what a function returned through its non-HTTP outputs. */
export type OutputWriter = (fn: HostedFunction, response: InvocationResponse, bindingData: Record<string, unknown>) => Promise<void>;

export interface Invocation {
  trigger: TypedData;
  triggerMetadata?: Record<string, TypedData>;
  /** For `{expression}` in output bindings. */
  bindingData?: Record<string, unknown>;
  traceParent?: string;
  traceState?: string;
  retryContext?: RetryContext;
  invocationId?: string;
}

export interface InvokerOptions {
  registry: Registry;
  hookData: AppHookData;
  log: Log;
  writeOutputs: OutputWriter;
  /** ms; undefined = none */
  timeout?: number;
  /** Called when an invocation ran out of time: the process is to be replaced (specification 3.9). */
  onTimeout: (fn: HostedFunction) => void;
}

export class FunctionTimeoutError extends Error {
  override readonly name = 'FunctionTimeoutError';
}

/** Runs functions, one invocation at a time per call, with log lines, timeout and outputs. */
export class Invoker {
  #running = 0;

  constructor(private readonly options: InvokerOptions) {}

  get running(): number {
    return this.#running;
  }

  /** Rejects with the function's Error, after logging it. */
  async run(fn: HostedFunction, invocation: Invocation): Promise<InvocationResponse> {
    const invocationId = invocation.invocationId ?? randomUUID();
    const started = performance.now();
    const line = (level: 'information' | 'error', message: string): void =>
      this.options.log({ level, category: `Function.${fn.name}`, function: fn.name, invocationId, message });
    const elapsed = (): number => Math.round(performance.now() - started);
    line('information', `Executing '${fn.name}' (Id=${invocationId})`);
    this.#running++;
    try {
      const response = await this.#withTimeout(fn, this.#invoke(fn, invocation, invocationId));
      line('information', `Executed '${fn.name}' (Succeeded, Id=${invocationId}, Duration=${elapsed()}ms)`);
      return response;
    } catch (thrown) {
      const error = toError(thrown);
      line('error', `Executed '${fn.name}' (Failed, Id=${invocationId}, Duration=${elapsed()}ms) ${error.stack ?? error.message}`);
      throw error;
    } finally {
      this.#running--;
    }
  }

  async #invoke(fn: HostedFunction, invocation: Invocation, invocationId: string): Promise<InvocationResponse> {
    const { registry, hookData, log, writeOutputs } = this.options;
    const request: InvocationRequest = {
      invocationId,
      functionId: fn.registered.id,
      inputData: [{ name: fn.triggerBinding.name ?? '', data: invocation.trigger }],
      triggerMetadata: invocation.triggerMetadata ?? {},
      traceContext: traceContext(invocation.traceParent, invocation.traceState),
      retryContext: invocation.retryContext,
    };
    const response = await invoke(registry, fn.registered, request, hookData, (level, category, message) => {
      const suffix = category === 'user' ? '.User' : '';
      log({ level, category: `Function.${fn.name}${suffix}`, function: fn.name, invocationId, message });
    });
    await writeOutputs(fn, response, invocation.bindingData ?? {});
    return response;
  }

  async #withTimeout<T>(fn: HostedFunction, work: Promise<T>): Promise<T> {
    const { timeout, onTimeout } = this.options;
    if (timeout === undefined) return work;
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new FunctionTimeoutError(`Timeout value of ${timeout / 1000} s exceeded by function: ${fn.name}`));
        onTimeout(fn);
      }, Math.min(timeout, 2 ** 31 - 1));
    });
    try {
      return await Promise.race([work, expired]);
    } finally {
      clearTimeout(timer);
    }
  }
}
