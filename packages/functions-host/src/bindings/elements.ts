import type { TypedData } from '../core/contract.js';

/** One thing that an output writes. */
export type Element = string | Uint8Array | number | boolean | object;

/**
 * What an output value stands for (specification 5.5): nothing for null and undefined, the elements of an array or of a
 * text that
 * is a JSON array, else one element. JSON objects come out parsed, numbers and booleans as such.
 */
export function elementsOf(data: TypedData): Element[] {
  if (data.bytes) return [data.bytes];
  if (data.int !== undefined || data.double !== undefined) return [(data.int ?? data.double)!];
  const parsed = parseJson(data);
  if (Array.isArray(parsed)) return parsed.filter((element) => element !== null) as Element[];
  if (parsed !== undefined) return parsed === null ? [] : [parsed as Element];
  const text = data.string ?? data.json;
  return text === undefined ? [] : [text];
}

/** Text is JSON only where it has the brackets of an array or an object around it. Undefined where it is none. */
function parseJson({ json, string }: TypedData): unknown {
  const text = json ?? string ?? '';
  if (json === undefined && !/^\s*(?:\{[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // it only looked like JSON
  }
}

/** The text or bytes that a queue message or a blob of this element holds. */
export function elementContent(element: Element): string | Uint8Array {
  if (typeof element === 'string' || element instanceof Uint8Array) return element;
  if (typeof element === 'boolean') return element ? 'True' : 'False';
  return typeof element === 'number' ? String(element) : JSON.stringify(element);
}
