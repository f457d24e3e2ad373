import { z } from 'zod';
import type { LoadedModules } from './registry.js';
import { fleetSchema } from './schema.js';

/**
 * The value without keys that start with `x-`: those are the user's own. Names that a user may choose, such as those of
 * headers, stay.
 */
export function withoutExtensions(value: unknown, node: SchemaNode): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutExtensions(item, node.items ?? {}));
  if (value === null || typeof value !== 'object') return value;
  const closed = (node.oneOf ?? node.anyOf ?? [node]).some((each) => each.additionalProperties === false);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(closed && key.startsWith('x-')))
      .map(([key, inner]) => [key, withoutExtensions(inner, merged(childrenOf(node, key)))]),
  );
}

/** A schema as data. */
export const nodeOf = (schema: z.ZodType): SchemaNode => z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;

const childrenOf = (node: SchemaNode, key: string): SchemaNode[] =>
  (node.oneOf ?? node.anyOf ?? [node]).flatMap((each) => children(each, key));

/** Several possible shapes as one that is closed where one of them is. */
const merged = (nodes: SchemaNode[]): SchemaNode =>
  nodes.length === 1 ? nodes[0]! : { anyOf: nodes.flatMap((node) => node.oneOf ?? node.anyOf ?? [node]) };

/** A part of a JSON Schema. */
export interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  patternProperties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  const?: unknown;
}

/** JSON Schema of the fleet file with all modules, for editors. Keys that start with `x-` pass everywhere. */
export function fleetJsonSchema(modules: LoadedModules): Record<string, unknown> {
  const schema = z.toJSONSchema(fleetSchema(modules), { io: 'input' });
  allowExtensions(schema as SchemaNode);
  return { ...schema, $id: 'urn:fanops:fleet', title: 'fanops fleet file' };
}

function allowExtensions(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  const schema = node as SchemaNode;
  if (schema.properties && schema.additionalProperties === false) schema.patternProperties = { '^x-': {} };
  Object.values(node).forEach(allowExtensions);
}

/** The keys that the schema knows at a path of a file; a union is decided by the `platform` that stands in the file. */
export function knownKeys(content: unknown, root: SchemaNode): (path: readonly PropertyKey[]) => string[] {
  return (path) => {
    let nodes = [root];
    let value = content;
    for (const key of path) {
      value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
      nodes = nodes
        .flatMap((node) => children(node, String(key)))
        .flatMap((node) => node.oneOf ?? node.anyOf ?? [node]);
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
