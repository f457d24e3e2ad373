import type {
  CoreInvocationContext,
  FunctionCallback,
  InvocationModel,
  InvocationRequest,
  InvocationResponse,
} from './contract.js';
import type { LogCategory, LogLevel } from './contract.js';
import { readOnly, type AppHookData } from './app-hooks.js';
import { SystemError, toError } from './errors.js';
import { runLogHooks, type LogScope } from './log-hooks.js';
import type { Registry } from './registry.js';

export type InvocationLog = (level: LogLevel, category: LogCategory, message: string) => void;

/**
 * Runs one invocation through the app's programming model: hooks, function, response (specification 1.6).
 * Rejects with an Error when the function or a hook fails.
 */
export async function invoke(
  registry: Registry,
  request: InvocationRequest,
  hookData: AppHookData,
  log: InvocationLog,
): Promise<InvocationResponse> {
  const fn = registry.functions.get(request.functionId);
  if (!fn)
    throw new SystemError(`The function with the id '${request.functionId}' is not loaded and cannot be invoked.`);
  const model = registry.directModel ?? registry.programmingModel;
  if (!model) throw new SystemError('No programming model is set: the app never loaded "@azure/functions".');
  const scope: LogScope = { hookData: {}, appHookData: hookData.shared };
  const core: CoreInvocationContext = {
    invocationId: request.invocationId,
    request,
    metadata: fn.metadata,
    log: (level, category, message) => {
      const line = runLogHooks(registry, { level, category, message }, scope);
      log(line.level, line.category, line.message);
    },
  };
  try {
    const invocation = await model.getInvocationModel(core);
    const { context, inputs } = await invocation.getArguments();
    scope.invocationContext = context;
    const called = await beforeInvocation(registry, core, scope, { inputs, functionCallback: fn.callback });
    const outcome = await runFunction(invocation, core, context, called);
    const { result, error } = await afterInvocation(registry, core, scope, { inputs: called.inputs, ...outcome });
    if (isGiven(error)) throw error;
    const response = await invocation.getResponse(context, result);
    return { ...response, hasResult: isGiven(result) };
  } catch (thrown) {
    throw toError(thrown);
  }
}

/**
 * Neither null nor undefined: so one tells whether something was thrown, and whether there is a result (specification
 * 1.6).
 */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

interface Call {
  inputs: unknown[];
  functionCallback: FunctionCallback;
}

interface Outcome {
  result: unknown;
  error: unknown;
}

async function beforeInvocation(
  registry: Registry,
  core: CoreInvocationContext,
  scope: LogScope,
  call: Call,
): Promise<Call> {
  const hooks = registry.hooks('preInvocation');
  if (hooks.length === 0) return call;
  const context = withState(scope, call);
  await inState(core, 'preInvocationHooks', async () => {
    for (const hook of hooks) await hook(context);
  });
  return context;
}

async function runFunction(
  invocation: InvocationModel,
  core: CoreInvocationContext,
  context: unknown,
  call: Call,
): Promise<Outcome> {
  core.state = 'invocation';
  try {
    return { result: await invocation.invokeFunction(context, call.inputs, call.functionCallback), error: null };
  } catch (thrown) {
    return { result: null, error: thrown };
  } finally {
    core.state = undefined;
  }
}

async function afterInvocation(
  registry: Registry,
  core: CoreInvocationContext,
  scope: LogScope,
  outcome: Outcome & { inputs: unknown[] },
): Promise<Outcome> {
  const hooks = registry.hooks('postInvocation');
  if (hooks.length === 0) return outcome;
  const context = withState(scope, outcome);
  await inState(core, 'postInvocationHooks', async () => {
    for (const hook of hooks) await hook(context);
  });
  return context;
}

async function inState(
  core: CoreInvocationContext,
  state: CoreInvocationContext['state'],
  work: () => Promise<void>,
): Promise<void> {
  core.state = state;
  try {
    await work();
  } finally {
    core.state = undefined;
  }
}

/** The read-only members of every hook's context beside writable members of `state`. */
function withState<T extends object>(scope: LogScope, state: T): T {
  const { hookData, appHookData, invocationContext } = scope;
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(readOnly({ hookData, appHookData, invocationContext })),
      ...Object.getOwnPropertyDescriptors(state),
    },
  ) as T;
}
