import type { CoreInvocationContext, FunctionCallback, InvocationRequest, InvocationResponse, LogCategory, LogLevel } from './contract.js';
import { readOnly, type AppHookData } from './app-hooks.js';
import { SystemError, toError } from './errors.js';
import type { RegisteredFunction, Registry } from './registry.js';

export type InvocationLog = (level: LogLevel, category: LogCategory, message: string) => void;

/**
 * Runs one invocation through the app's programming model: hooks, function, response (specification 1.6).
 * Rejects with an Error when the function or a hook fails.
 */
export async function invoke(
  registry: Registry, fn: RegisteredFunction, request: InvocationRequest, hookData: AppHookData, log: InvocationLog,
): Promise<InvocationResponse> {
  const model = registry.programmingModel;
  if (!model) throw new SystemError('No programming model is set: the app never loaded "@azure/functions".');
  let invocationContext: unknown;
  const core: CoreInvocationContext = {
    invocationId: request.invocationId,
    request,
    metadata: fn.metadata,
    log: (level, category, message) => {
      const entry = runLogHooks(registry, { level, category, message, invocationContext, appHookData: hookData.shared });
      log(entry.level, category, entry.message);
    },
  };
  const invocation = await model.getInvocationModel(core);
  const { context, inputs } = await invocation.getArguments();
  invocationContext = context;
  try {
    const shared = readOnly({ hookData: {}, appHookData: hookData.shared, invocationContext: context });
    const before: HookState = { inputs, functionCallback: fn.callback };

    core.state = 'preInvocationHooks';
    const preContext = withState(shared, before);
    for (const hook of registry.hooks('preInvocation')) await hook(preContext);

    core.state = 'invocation';
    const after: HookState = { inputs: preContext.inputs, result: undefined, error: undefined };
    try {
      after.result = await invocation.invokeFunction(context, preContext.inputs, preContext.functionCallback ?? fn.callback);
    } catch (thrown) {
      after.error = toError(thrown);
    }

    core.state = 'postInvocationHooks';
    const postContext = withState(shared, after);
    for (const hook of registry.hooks('postInvocation')) await hook(postContext);

    if (postContext.error !== undefined && postContext.error !== null) throw toError(postContext.error);
    const response = await invocation.getResponse(context, postContext.result);
    return { ...response, hasResult: postContext.result !== undefined && postContext.result !== null };
  } catch (thrown) {
    throw toError(thrown);
  } finally {
    core.state = undefined;
  }
}

interface HookState {
  inputs: unknown[];
  functionCallback?: FunctionCallback;
  result?: unknown;
  error?: unknown;
}

/** Read-only members of `shared` beside writable members of `state`. */
function withState(shared: object, state: HookState): HookState {
  return Object.defineProperties({}, {
    ...Object.getOwnPropertyDescriptors(shared),
    ...Object.getOwnPropertyDescriptors(state),
  }) as HookState;
}

interface LogEntry {
  level: LogLevel;
  category: LogCategory;
  message: string;
  invocationContext?: unknown;
  appHookData: Record<string, unknown>;
}

/** Log hooks are synchronous and may change level and message of user logs. */
function runLogHooks(registry: Registry, entry: LogEntry): LogEntry {
  if (entry.category !== 'user') return entry;
  const context = { ...entry, hookData: {} };
  for (const hook of registry.hooks('log')) hook(context);
  return context;
}
