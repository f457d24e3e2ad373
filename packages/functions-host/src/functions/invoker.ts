import type { AppHookData } from '../core/app-hooks.js';
import type { InvocationRequest, InvocationResponse, RetryContext, TypedData } from '../core/contract.js';
import { toError } from '../core/errors.js';
import { invoke } from '../core/invoke.js';
import type { Registry } from '../core/registry.js';
import { triggerMetadata } from '../models/trigger-metadata.js';
import { isV3Model } from '../models/v3-model.js';
import type { Log } from '../log.js';
import type { FunctionMetrics } from '../metrics/function-metrics.js';
import { Deadlines } from '../lifecycle/deadlines.js';
import type { HostedFunction } from './function-table.js';
import { Ids } from './ids.js';
import { traceContext } from './trace-context.js';

/** Writes what a function returned through its non-HTTP outputs. */
export type OutputWriter = (
  fn: HostedFunction,
  response: InvocationResponse,
  bindingData: Record<string, unknown>,
) => Promise<void>;

/**
 * Reads the input bindings of a function, in their order, before it runs; a rejection fails the invocation
 * (specification 6).
 * Inputs without a value are left out.
 */
export type InputReader = (
  fn: HostedFunction,
  bindingData: Record<string, unknown>,
) => Promise<{ name: string; data: TypedData }[]>;

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
  /** Default: functions have no inputs besides the trigger. */
  readInputs?: InputReader;
  /** ms; undefined = none */
  timeout?: number;
  /** Told of each invocation's start and end. */
  metrics?: Pick<FunctionMetrics, 'began' | 'ended'>;
  /** Called when an invocation ran out of time: the process is to be replaced (specification 3.9). */
  onTimeout: (fn: HostedFunction) => void;
}

class FunctionTimeoutError extends Error {
  override readonly name = 'FunctionTimeoutError';
}

/** Runs functions, one invocation at a time per call, with log lines, timeout and outputs. */
export class Invoker {
  #running = 0;
  readonly #ids = new Ids();
  readonly #deadlines?: Deadlines;

  constructor(private readonly options: InvokerOptions) {
    if (options.timeout !== undefined) this.#deadlines = new Deadlines(options.timeout);
  }

  get running(): number {
    return this.#running;
  }

  /** Rejects with the function's Error, after logging it. */
  async run(fn: HostedFunction, invocation: Invocation): Promise<InvocationResponse> {
    const invocationId = invocation.invocationId ?? this.#ids.guid();
    const started = performance.now();
    const category = `Function.${fn.name}`;
    const { log, metrics } = this.options;
    const talks = log.enabled?.('information', category) ?? true;
    const line = (level: 'information' | 'error', message: string): void =>
      log({ level, category, function: fn.name, invocationId, message });
    const elapsed = (): number => Math.round(performance.now() - started);
    if (talks) line('information', `Executing '${fn.name}' (Id=${invocationId})`);
    this.#running++;
    metrics?.began(fn.name);
    let failed = false;
    try {
      const response = await this.#withTimeout(fn, this.#invoke(fn, invocation, invocationId));
      if (talks) line('information', `Executed '${fn.name}' (Succeeded, Id=${invocationId}, Duration=${elapsed()}ms)`);
      return response;
    } catch (thrown) {
      failed = true;
      const error = toError(thrown);
      line(
        'error',
        `Executed '${fn.name}' (Failed, Id=${invocationId}, Duration=${elapsed()}ms) ${error.stack ?? error.message}`,
      );
      throw error;
    } finally {
      this.#running--;
      metrics?.ended(fn.name, performance.now() - started, failed);
    }
  }

  async #invoke(fn: HostedFunction, invocation: Invocation, invocationId: string): Promise<InvocationResponse> {
    const { registry, hookData, log, writeOutputs, readInputs } = this.options;
    // a call of a function without further bindings has no use for them, and HTTP calls make them on demand
    const bare = fn.inputs.length === 0 && fn.outputs.length === 1 && fn.outputs[0]!.type === 'http' && !this.#v3;
    const bindingData = bare ? {} : (invocation.bindingData ?? {});
    const inputData = [{ name: fn.triggerBinding.name ?? '', data: invocation.trigger }];
    if (readInputs && fn.inputs.length > 0) inputData.push(...(await readInputs(fn, bindingData)));
    const request: InvocationRequest = {
      invocationId,
      functionId: fn.registered.id,
      inputData,
      triggerMetadata: invocation.triggerMetadata ?? this.#httpMetadata(fn, bindingData),
      traceContext: traceContext(this.#ids, invocation.traceParent, invocation.traceState),
      retryContext: invocation.retryContext,
    };
    const response = await invoke(registry, request, hookData, (level, category, message) => {
      if (level === 'none') return; // a log hook took the line out
      const suffix = category === 'user' ? '.User' : '';
      log({ level, category: `Function.${fn.name}${suffix}`, function: fn.name, invocationId, message });
    });
    if (!bare) await writeOutputs(fn, response, bindingData);
    return response;
  }

  /** Only the v3 model shows metadata of HTTP triggers (specification 8). */
  #httpMetadata(fn: HostedFunction, bindingData: Record<string, unknown>): Record<string, TypedData> {
    return fn.trigger === 'http' && this.#v3 ? triggerMetadata(bindingData) : {};
  }

  get #v3(): boolean {
    return isV3Model(this.options.registry.programmingModel);
  }

  #withTimeout<T>(fn: HostedFunction, work: Promise<T>): Promise<T> {
    const deadlines = this.#deadlines;
    if (!deadlines) return work;
    return new Promise<T>((resolve, reject) => {
      const deadline = deadlines.add(() => {
        reject(
          new FunctionTimeoutError(
            `Timeout value of ${this.options.timeout! / 1000} s exceeded by function: ${fn.name}`,
          ),
        );
        this.options.onTimeout(fn);
      });
      work.then(
        (response) => {
          deadlines.remove(deadline);
          resolve(response);
        },
        (error: Error) => {
          deadlines.remove(deadline);
          reject(error);
        },
      );
    });
  }
}
