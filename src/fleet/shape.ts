import { z } from 'zod';
import { fleetSchema } from './schema.js';

/** The value without keys that start with `x-`: those are the user's own. */
export function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !key.startsWith('x-')).map(([key, inner]) => [key, withoutExtensions(inner)]),
  );
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  patternProperties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  const?: unknown;
}

/** JSON Schema of the fleet file, for editors. Keys that start with `x-` pass everywhere. */
export function fleetJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fleetSchema, { io: 'input' });
  allowExtensions(schema as SchemaNode);
  return { ...schema, $id: 'https://fanops.dev/schemas/fleet.schema.json', title: 'fanops fleet file' };
}

function allowExtensions(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  const schema = node as SchemaNode;
  if (schema.properties && schema.additionalProperties === false) schema.patternProperties = { '^x-': {} };
  Object.values(node).forEach(allowExtensions);
}

/** The keys that the schema knows at a path of a file; a union is decided by the `platform` that stands in the file. */
export function knownKeys(content: unknown): (path: readonly PropertyKey[]) => string[] {
  const root = z.toJSONSchema(fleetSchema, { io: 'input' }) as SchemaNode;
  return (path) => {
    let nodes = [root];
    let value = content;
    for (const key of path) {
      value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
      nodes = nodes.flatMap((node) => children(node, String(key))).flatMap((node) => node.oneOf ?? node.anyOf ?? [node]);
    }
    const platform = (value as { platform?: unknown } | undefined)?.platform;
    const meant = nodes.filter((node) => platform === undefined || node.properties?.platform?.const === platform);
    return [...new Set((meant.length > 0 ? meant : nodes).flatMap((node) => Object.keys(node.properties ?? {})))];
  };
}

function children(node: SchemaNode, key: string): SchemaNode[] {
  const named = node.properties?.[key];
  if (named) return [named];
  if (typeof node.additionalProperties === 'object') return [node.additionalProperties];
  return node.items ? [node.items] : [];
}
