import { resolveSettings, type Env } from '../config/settings.js';
import type { Binding } from '../core/contract.js';
import type { RegisteredFunction } from '../core/registry.js';
import { isTrigger, triggerOf, triggerWord, unsupportedBindings } from './binding-kinds.js';
import { isDisabled } from './disabled.js';
import { compareNames, nameProblem } from './names.js';

export interface HostedFunction {
  name: string;
  /** http, timer, queue, ... */
  trigger: string;
  /** With `%NAME%` resolved. */
  triggerBinding: Binding;
  /** In bindings besides the trigger, in their order, with `%NAME%` resolved. */
  inputs: Binding[];
  /** Out bindings, with `%NAME%` resolved. */
  outputs: Binding[];
  registered: RegisteredFunction;
  disabled: boolean;
  /** Why this function does not run; the others do. */
  error?: string;
  /** True where the same fault keeps it from running on Azure: then it does not count against the host's health. */
  errorOnAzureToo?: boolean;
}

/**
 * The functions in the order that decides precedence: by name, ordinal, ignoring case (specification 3.1).
 * What is wrong with one function stays with that function (specification 1.8, 2.3).
 */
export function buildFunctionTable(
  registered: Iterable<RegisteredFunction>,
  env: Env,
  allowed?: string[],
): HostedFunction[] {
  const functions = [...registered]
    .filter(({ metadata }) => !allowed || allowed.includes(metadata.name.toLowerCase()))
    .map((fn) => hostedFunction(fn, env))
    .sort((a, b) => compareNames(a.name, b.name));
  const seen = new Set<string>();
  for (const fn of functions) {
    const key = fn.name.toLowerCase();
    if (seen.has(key))
      putInError(fn, `another function has the same name "${fn.name}" (case does not count)`, { onAzureToo: true });
    seen.add(key);
  }
  return functions;
}

function hostedFunction(registered: RegisteredFunction, env: Env): HostedFunction {
  const { metadata } = registered;
  const trigger = triggerOf(metadata);
  const fn: HostedFunction = {
    name: metadata.name,
    trigger: trigger ? triggerWord(trigger) : 'unknown',
    triggerBinding: trigger ?? { type: 'unknown', direction: 'in' },
    inputs: Object.values(metadata.bindings).filter((b) => direction(b) === 'in' && !isTrigger(b)),
    outputs: Object.values(metadata.bindings).filter((b) => direction(b) !== 'in'),
    registered,
    disabled: isDisabled(metadata.name, env),
  };
  const onAzureToo = { onAzureToo: true };
  if (registered.error) putInError(fn, registered.error, { onAzureToo: registered.errorOnAzureToo });
  const invalid = nameProblem(fn.name);
  if (invalid) putInError(fn, invalid, onAzureToo);
  if (!trigger) putInError(fn, 'it has no trigger', onAzureToo);
  const unsupported = unsupportedBindings(metadata);
  if (unsupported.length > 0) putInError(fn, `this host cannot run ${unsupported.join(' and ')}`);
  if (fn.error) return fn;
  try {
    fn.triggerBinding = resolveBinding(fn.triggerBinding, env);
    fn.inputs = fn.inputs.map((binding) => resolveBinding(binding, env));
    fn.outputs = fn.outputs.map((binding) => resolveBinding(binding, env));
  } catch (error) {
    putInError(fn, (error as Error).message);
  }
  return fn;
}

/** Keeps one function from running; the first reason stays. `onAzureToo` where Azure would refuse it as well. */
export function putInError(
  fn: HostedFunction,
  message: string,
  { onAzureToo = false }: { onAzureToo?: boolean } = {},
): void {
  if (fn.error !== undefined) return;
  fn.error = message;
  fn.errorOnAzureToo = onAzureToo;
}

const direction = (binding: Binding): string => binding.direction.toLowerCase();

const settingKeys = [
  'schedule',
  'queueName',
  'path',
  'connection',
  'route',
  'tableName',
  'partitionKey',
  'rowKey',
  'filter',
];

/** Only texts directly on the binding are expressions; a route's regular expression may hold a lone percent sign. */
function resolveBinding(binding: Binding, env: Env): Binding {
  const resolved: Binding = { ...binding };
  for (const key of settingKeys) {
    const value = binding[key];
    if (typeof value !== 'string' || !value.includes('%')) continue;
    if (key === 'route' && !isTrigger(binding)) continue;
    resolved[key] = resolveSettings(value, env, key);
  }
  return resolved;
}
