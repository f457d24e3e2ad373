import type { TypedData } from '../core/contract.js';

/** Left out: the library takes headers and query from the request, and functions never get `sys` (specification 8). */
const withheld = new Set(['headers', 'query', 'sys']);

/** Binding data as the typed values that the library turns into `context.bindingData` (specification 7, 8). */
export function triggerMetadata(bindingData: Record<string, unknown>): Record<string, TypedData> {
  const metadata: Record<string, TypedData> = {};
  for (const [name, value] of Object.entries(bindingData)) {
    if (value === undefined || value === null || withheld.has(name.toLowerCase())) continue;
    metadata[name] = typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) };
  }
  return metadata;
}
