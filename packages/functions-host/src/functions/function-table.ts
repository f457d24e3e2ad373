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
  /** Out bindings, with `%NAME%` resolved. */
  outputs: Binding[];
  registered: RegisteredFunction;
  disabled: boolean;
  /** Why this function does not run; the others do. */
  error?: string;
}

/**
 * The functions in the order that decides precedence: by name, ordinal, ignoring case (specification 3.1).
 * What is wrong with one function stays with that function (specification 1.8, 2.3).
 */
export function buildFunctionTable(registered: Iterable<RegisteredFunction>, env: Env, allowed?: string[]): HostedFunction[] {
  const functions = [...registered]
    .filter(({ metadata }) => !allowed || allowed.includes(metadata.name.toLowerCase()))
    .map((fn) => hostedFunction(fn, env))
    .sort((a, b) => compareNames(a.name, b.name));
  const seen = new Set<string>();
  for (const fn of functions) {
    const key = fn.name.toLowerCase();
    if (seen.has(key)) fn.error ??= `another function has the same name "${fn.name}" (case does not count)`;
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
    outputs: Object.values(metadata.bindings).filter((b) => b.direction.toLowerCase() === 'out'),
    registered,
    disabled: isDisabled(metadata.name, env),
  };
  const unsupported = unsupportedBindings(metadata);
  if (!trigger) fn.error = 'it has no trigger';
  else if (unsupported.length > 0) fn.error = `this host cannot run ${unsupported.join(' and ')}`;
  else fn.error = nameProblem(fn.name);
  if (fn.error) return fn;
  try {
    fn.triggerBinding = resolveBinding(fn.triggerBinding, env);
    fn.outputs = fn.outputs.map((binding) => resolveBinding(binding, env));
  } catch (error) {
    fn.error = (error as Error).message;
  }
  return fn;
}

/** Only texts directly on the binding are expressions; a route's regular expression may hold a lone percent sign. */
function resolveBinding(binding: Binding, env: Env): Binding {
  const resolved: Binding = { ...binding };
  for (const key of ['schedule', 'queueName', 'path', 'connection', 'route']) {
    const value = binding[key];
    if (typeof value !== 'string' || !value.includes('%')) continue;
    if (key === 'route' && !isTrigger(binding)) continue;
    resolved[key] = resolveSettings(value, env, key);
  }
  return resolved;
}
