import type { Binding, TypedData } from '../core/contract.js';
import type { InputReader } from '../functions/invoker.js';
import type { BindingData } from './expressions.js';

/** Reads one input. Undefined where there is nothing to read: the function then gets undefined. */
export type InputKind = (binding: Binding, bindingData: BindingData) => Promise<TypedData | undefined>;

/**
 * Reads a function's inputs before it runs; one that fails fails the invocation (specification 6). They come in the
 * order of
 * the bindings, which is the order of the v3 model's arguments (specification 1.6). `kinds` is by lower-cased binding
 * type.
 */
export function inputReader(kinds: Record<string, InputKind>): InputReader {
  return (fn, bindingData) =>
    Promise.all(
      fn.inputs.map(async (binding) => {
        const data = await kinds[binding.type.toLowerCase()]?.(binding, bindingData);
        return { name: binding.name ?? '', data: data ?? {} };
      }),
    );
}
