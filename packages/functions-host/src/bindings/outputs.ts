import type { Binding, InvocationResponse, TypedData } from '../core/contract.js';
import type { OutputWriter } from '../functions/invoker.js';
import type { BindingData } from './expressions.js';

export type OutputKind = (binding: Binding, data: TypedData, bindingData: BindingData) => Promise<void>;

/**
 * Writes a function's outputs after it succeeded and before its HTTP response goes out; a failed write fails the
 * invocation (specification 5.5). Queues come last. `kinds` is by lower-cased binding type.
 */
export function outputWriter(kinds: Record<string, OutputKind>): OutputWriter {
  return async (fn, response, bindingData) => {
    const last = (binding: Binding): number => (binding.type.toLowerCase() === 'queue' ? 1 : 0);
    for (const binding of [...fn.outputs].sort((a, b) => last(a) - last(b))) {
      const data = outputValue(binding, response);
      const write = kinds[binding.type.toLowerCase()];
      if (data && write) await write(binding, data, bindingData);
    }
  };
}

function outputValue(binding: Binding, response: InvocationResponse): TypedData | undefined {
  if (binding.name === '$return') return response.returnValue ?? undefined;
  return response.outputData?.find(({ name }) => name === binding.name)?.data;
}
