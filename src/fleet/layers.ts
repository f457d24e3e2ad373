import { LineCounter, isAlias, isMap, isNode, isScalar, parseDocument, visit, type Document } from 'yaml';
import { UserError, messageOf } from '../core/errors.js';
import { respell } from './spelling.js';

/** One file of a fleet: the base, or what an environment lays over it. */
export interface SourceFile {
  file: string;
  text: string;
}

/** A file of a fleet, parsed. */
export interface Layer extends SourceFile {
  document: Document;
  counter: LineCounter;
}

/** A place in a file, 1-based. */
export interface Place {
  file: string;
  line: number;
  col: number;
}

type Path = readonly PropertyKey[];

/** Names that an object of JavaScript takes for its own: what is called so would be lost silently. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/** How often the aliases of a file may repeat what they stand for. */
const MOST_ALIASES = 100;

/** Bytes of a fleet file. */
const LARGEST = 1 << 20;

/**
 * Reads the text of a fleet file; keys in an earlier spelling have their present one. @throws UserError with the place
 * where it is no YAML, has a name that nothing can have, or a key in both spellings.
 */
export function readLayer(text: string, file: string): Layer {
  if (Buffer.byteLength(text) > LARGEST) {
    throw new UserError(`${file} has ${Buffer.byteLength(text)} bytes; a fleet file has at most ${LARGEST}.`, {
      code: 'FLEET_FILE',
      where: file,
    });
  }
  const counter = new LineCounter();
  const document = parsed(text, file, counter);
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = counter.linePos(broken.pos[0]);
    throw new UserError(`${file}:${line}:${col} is no valid YAML: ${broken.message}`, {
      code: 'FLEET_FILE',
      where: `${file}:${line}:${col}`,
    });
  }
  const layer = { file, text, document, counter };
  refuseReserved(layer);
  respell(document, (offset) => {
    const { line, col } = counter.linePos(offset);
    return `${file}:${line}:${col}`;
  });
  return layer;
}

function parsed(text: string, file: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    // Such as lists in lists without end, for which the parser has no room.
    throw new UserError(`${file} cannot be read as YAML: ${messageOf(error)}`, {
      code: 'FLEET_FILE',
      where: file,
      cause: error,
    });
  }
}

function refuseReserved({ document, counter, file }: Layer): void {
  visit(document, {
    Pair: (_key, pair) => {
      const key = isAlias(pair.key) ? pair.key.resolve(document) : pair.key;
      if (!isScalar(key) || !RESERVED.includes(String(key.value))) return;
      const { line, col } = counter.linePos((isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? 0);
      throw new UserError(`${file}:${line}:${col}: nothing can be called "${String(key.value)}".`, {
        code: 'FLEET_FILE',
        where: `${file}:${line}:${col}`,
        hint: 'Choose another name.',
      });
    },
  });
}

/** An alias within what it stands for has no end. */
function refuseCircles({ document, counter, file }: Layer): void {
  visit(document, {
    Alias: (_key, alias, parents) => {
      const meant = alias.resolve(document);
      if (!meant || !parents.includes(meant)) return;
      const { line, col } = counter.linePos(alias.range?.[0] ?? 0);
      throw new UserError(`${file}:${line}:${col}: *${alias.source} stands within what it stands for.`, {
        code: 'FLEET_FILE',
        where: `${file}:${line}:${col}`,
        hint: 'Write the value out.',
      });
    },
  });
}

/** The values of a file. @throws UserError when its aliases make too much of little. */
function valuesOf(layer: Layer): unknown {
  const { document, file } = layer;
  refuseCircles(layer);
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new UserError(`${file} cannot be read as YAML: ${messageOf(error)}.`, {
      code: 'FLEET_FILE',
      where: file,
      cause: error,
      hint: `Its aliases (*name) repeat more than ${MOST_ALIASES} values; write them out.`,
    });
  }
}

/**
 * The values of all layers, later ones over earlier ones: maps are merged, everything else is replaced, null takes a
 * key away.
 */
export const mergeLayers = (layers: readonly Layer[]): unknown =>
  layers.map(valuesOf).reduce((base, over) => merge(base, over), {});

function merge(base: unknown, over: unknown): unknown {
  if (over === undefined || (over === null && base !== undefined && isPlain(base))) return base;
  if (!isPlain(base) || !isPlain(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null && key in merged) delete merged[key];
    else merged[key] = key in merged ? merge(merged[key], value) : value;
  }
  return merged;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Where a value stands: in the last layer that has it, else its nearest parent. `key`: the place of the key instead.
 */
export function locate(layers: readonly Layer[], path: Path, key = false): Place {
  for (let length = path.length; length > 0; length--) {
    for (const layer of [...layers].reverse()) {
      const offset = offsetOf(layer.document, path.slice(0, length), key && length === path.length);
      if (offset !== undefined) return { file: layer.file, ...layer.counter.linePos(offset) };
    }
  }
  return { file: layers[0]?.file ?? '', line: 1, col: 1 };
}

function offsetOf(document: Document, path: Path, key: boolean): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))
    : undefined;
  const keyOffset = pair && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  if (key && keyOffset !== undefined) return keyOffset;
  const node = document.getIn(path, true);
  return (isNode(node) ? node.range?.[0] : undefined) ?? keyOffset;
}
