import { isDeepStrictEqual } from 'node:util';
import type { CoreInvocationContext, FunctionMetadata, HttpData, ProgrammingModel } from '../../core/contract.js';

export interface ContextOptions {
  trigger: object;
  return?: object;
  extraInputs: object[];
  extraOutputs: object[];
}

interface ContextInit {
  invocationId: string;
  functionName: string;
  logHandler: (level: string, ...args: unknown[]) => void;
  retryContext?: unknown;
  traceContext?: unknown;
  triggerMetadata?: unknown;
  options: ContextOptions;
}

/** The classes of the app's own copy of the library, and what it shows as `context.options` of one function. */
export interface LibraryClasses {
  InvocationContext: new (init: ContextInit) => object;
  HttpRequest: new (init: HttpData) => object;
  options: ContextOptions;
}

const probeRequest = { method: 'GET', url: 'http://localhost/probe', headers: {}, body: null, bodyUsed: false };

/**
 * Asks the app's v4 library for the arguments of a made-up call of an HTTP function, without calling it, and makes the
 * same two objects by
 * its public classes. Undefined unless they are alike in every property and the library takes a request that is already
 * there: a version
 * that works in another way runs its calls itself.
 */
export async function libraryClasses(
  model: ProgrammingModel,
  metadata: FunctionMetadata,
  trigger: string,
): Promise<LibraryClasses | undefined> {
  if (model.name !== '@azure/functions' || !model.version.startsWith('4.')) return undefined;
  const http: HttpData = {
    method: 'GET',
    url: probeRequest.url,
    headers: {},
    query: { q: '1' },
    params: { p: 'v' },
    nativeRequest: probeRequest,
  };
  const traceContext = { traceParent: 'parent', traceState: 'state', attributes: {} };
  const core: CoreInvocationContext = {
    invocationId: 'probe',
    request: {
      invocationId: 'probe',
      functionId: 'probe',
      inputData: [{ name: trigger, data: { http } }],
      triggerMetadata: {},
      traceContext,
    },
    metadata,
    log: () => undefined,
  };
  const { context, inputs } = await (await model.getInvocationModel(core)).getArguments();
  const [request] = inputs as Record<string, unknown>[];
  if (inputs.length !== 1 || !request || !isOptions((context as { options?: unknown }).options)) return undefined;
  if (request.headers !== probeRequest.headers || request.url !== probeRequest.url) return undefined;
  const options = (context as { options: ContextOptions }).options;
  const InvocationContext = (context as object).constructor as LibraryClasses['InvocationContext'];
  const HttpRequest = request.constructor as LibraryClasses['HttpRequest'];
  const own = new InvocationContext({
    invocationId: 'probe',
    functionName: metadata.name,
    logHandler: () => undefined,
    traceContext,
    options: copyOptions(options),
  });
  const alike = isDeepStrictEqual(own, context) && isDeepStrictEqual(new HttpRequest(http), request);
  return alike ? { InvocationContext, HttpRequest, options } : undefined;
}

/** Each call gets its own objects, as from the library. */
export function copyOptions(options: ContextOptions): ContextOptions {
  return {
    trigger: { ...options.trigger },
    return: options.return && { ...options.return },
    extraInputs: [],
    extraOutputs: [],
  };
}

/** Functions with more bindings than trigger and HTTP answer are left to the library. */
function isOptions(value: unknown): value is ContextOptions {
  const options = value as Partial<ContextOptions> | undefined;
  return (
    typeof options?.trigger === 'object' && options.extraInputs?.length === 0 && options.extraOutputs?.length === 0
  );
}
