import { format } from 'node:util';
import type {
  CoreInvocationContext,
  FunctionCallback,
  InvocationModel,
  InvocationResponse,
  LogLevel,
  ProgrammingModel,
} from '../../core/contract.js';
import type { Registry } from '../../core/registry.js';
import type { HostedFunction } from '../../functions/function-table.js';
import { Copies } from './copies.js';
import { copyOptions, libraryClasses, type LibraryClasses } from './library-classes.js';
import { plainAnswer } from './plain-answer.js';

/**
 * The app's v4 programming model with a shorter way for HTTP functions that have nothing but their trigger and their
 * answer: the library's
 * own classes make context and request, but the invocation between them is run here, and plain results are not taken
 * through a `Response`.
 * The app sees no difference (each function is checked against the library at start); calls cost a sixth. Undefined
 * where no function
 * qualifies.
 */
export async function directModel(
  registry: Registry,
  functions: HostedFunction[],
): Promise<ProgrammingModel | undefined> {
  const model = registry.programmingModel;
  if (!model) return undefined;
  const known = new Map<object, LibraryClasses>();
  for (const fn of functions) {
    const { metadata } = fn.registered;
    if (fn.trigger !== 'http' || fn.error || fn.inputs.length > 0 || fn.outputs.length !== 1 || !isHttpReturn(fn))
      continue;
    const classes = await libraryClasses(model, metadata, fn.triggerBinding.name ?? '');
    if (classes) known.set(metadata, classes);
  }
  if (known.size === 0) return undefined;
  const copies = new Copies();
  return {
    name: model.name,
    version: model.version,
    getInvocationModel(core) {
      const classes = known.get(core.metadata);
      return classes ? new DirectInvocation(core, model, classes, copies) : model.getInvocationModel(core);
    },
  };
}

function isHttpReturn({ outputs: [output] }: HostedFunction): boolean {
  return output?.name === '$return' && output.type.toLowerCase() === 'http';
}

class DirectInvocation implements InvocationModel {
  #ended = false;
  #late?: Promise<void>;

  constructor(
    private readonly core: CoreInvocationContext,
    private readonly model: ProgrammingModel,
    private readonly classes: LibraryClasses,
    private readonly copies: Copies,
  ) {}

  getArguments(): { context: unknown; inputs: unknown[] } {
    const { core, classes } = this;
    const context = new classes.InvocationContext({
      invocationId: core.invocationId,
      functionName: core.metadata.name,
      logHandler: (level, ...args) => this.#log(level as LogLevel, args),
      traceContext: core.request.traceContext,
      options: copyOptions(classes.options),
    });
    return { context, inputs: [new classes.HttpRequest(core.request.inputData[0]!.data.http!)] };
  }

  async invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown> {
    try {
      return await callback(...inputs, context);
    } finally {
      this.#ended = true;
    }
  }

  async getResponse(context: unknown, result: unknown): Promise<InvocationResponse> {
    const { invocationId } = this.core;
    if (result === undefined || result === null) return { invocationId, outputData: [], returnValue: result };
    const http = plainAnswer(result, this.copies);
    if (http) return { invocationId, outputData: [], returnValue: { http } };
    return (await this.model.getInvocationModel(this.core)).getResponse(context, result);
  }

  #log(level: LogLevel, args: unknown[]): void {
    if (this.#ended && this.core.state !== 'postInvocationHooks') this.#late = this.#logLate(level, args, this.#late);
    else this.core.log(level, 'user', format(...args));
  }

  /** The library itself has to say that this is late. */
  async #logLate(level: LogLevel, args: unknown[], before: Promise<void> | undefined): Promise<void> {
    await before;
    const invocation = await this.model.getInvocationModel(this.core);
    const { context } = await invocation.getArguments();
    await invocation.invokeFunction(context, [], () => undefined);
    const name = ({ information: 'info', warning: 'warn' } as Record<string, string>)[level] ?? level;
    (context as Record<string, (...args: unknown[]) => void>)[name]?.(...args);
  }
}
