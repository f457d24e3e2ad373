import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml';
import { UserError } from '../core/errors.js';
import type { SourceFile } from './fleet.js';

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

/** Reads the text of a fleet file. @throws UserError with the place where it is no YAML. */
export function readLayer(text: string, file: string): Layer {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = counter.linePos(broken.pos[0]);
    throw new UserError(`${file}:${line}:${col} is no valid YAML: ${broken.message}`, { code: 'FLEET_FILE', where: `${file}:${line}:${col}` });
  }
  return { file, text, document, counter };
}

/** The values of all layers, later ones over earlier ones: maps are merged, everything else is replaced, null takes a key away. */
export const mergeLayers = (layers: readonly Layer[]): unknown =>
  layers.map((layer) => layer.document.toJS() as unknown).reduce((base, over) => merge(base, over), {});

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

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where a value stands: in the last layer that has it, else its nearest parent. `key`: the place of the key instead. */
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
  const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1)) : undefined;
  const keyOffset = pair && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  if (key && keyOffset !== undefined) return keyOffset;
  const node = document.getIn(path, true);
  return (isNode(node) ? node.range?.[0] : undefined) ?? keyOffset;
}
