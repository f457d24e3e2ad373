import { readFile, realpath, stat } from 'node:fs/promises';
import { Document, isMap, parseDocument, stringify, type YAMLMap } from 'yaml';
import { UserError, messageOf } from '../core/errors.js';
import { replaceFile } from '../core/write-file.js';
import { parseFleet } from './parse.js';
import type { Fleet } from './fleet.js';
import type { SchemaRegistry } from './registry.js';

/** Where something is set in a fleet file, and to what. */
export interface FleetChange {
  path: readonly [section: 'providers' | 'hosts' | 'services', name: string];
  value: unknown;
}

/**
 * The text of a fleet file with things added; every other byte of it stays, comments and layout included, where its
 * section is
 * written as a block. Nothing is replaced.
 * @throws UserError when the name is there already, or when the result would be no valid fleet file.
 */
export async function addToFleetText(
  text: string,
  file: string,
  registry: SchemaRegistry,
  ...changes: readonly FleetChange[]
): Promise<string> {
  const added = changes.reduce((before, change) => {
    const document = parseDocument(before);
    const [section, name] = change.path;
    if (document.hasIn([section, name]))
      throw new UserError(`${file} has ${section}.${name} already.`, {
        hint: 'Choose another name, or edit the file.',
      });
    return splice(before, document, change) ?? rewritten(document, change);
  }, text);
  try {
    await parseFleet(added, file, registry);
  } catch (error) {
    throw refused(`${file} was not changed.`, error);
  }
  return added;
}

/** The problems of a text that was not written: without line numbers, which nobody could look up. */
export function refused(what: string, error: unknown): UserError {
  const problems = messageOf(error).replaceAll(/^( *)\S+:\d+:\d+ /gm, '$1');
  return new UserError(`${what} ${problems}`, { code: 'FLEET_FILE', cause: error });
}

/**
 * Reads the file, adds to it, and writes it back in one atomic step; a link stays one. @returns the fleet as it is now.
 */
export async function addToFleetFile(
  path: string,
  registry: SchemaRegistry,
  ...changes: readonly FleetChange[]
): Promise<Fleet> {
  const file = await realpath(path);
  const text = await readFile(file, 'utf8');
  const { mode } = await stat(file);
  const next = await addToFleetText(text, file, registry, ...changes);
  await replaceFile(file, next, mode & 0o777);
  return parseFleet(next, file, registry);
}

/** The entry put behind the last one of its section; undefined when that is written in one line. */
function splice(text: string, document: Document, { path: [section, name], value }: FleetChange): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const node = document.get(section, true);
  if (node === undefined) {
    const gap = text === '' || text.endsWith('\n') ? '' : eol;
    return `${text}${gap}${eol}${block({ [section]: { [name]: value } }, 0, eol)}`;
  }
  if (!isMap(node)) return undefined;
  if (node.items.length === 0 && node.range) {
    const [start, end] = node.range;
    return `${text.slice(0, start).trimEnd()}${eol}${block({ [name]: value }, 2, eol).trimEnd()}${text.slice(end)}`;
  }
  if (node.flow) return undefined;
  const indent = indentOf(text, node);
  const end = endOfBlock(text, node);
  if (indent === undefined || end === undefined) return undefined;
  const before = text.slice(0, end);
  return `${before}${before.endsWith('\n') ? '' : eol}${block({ [name]: value }, indent, eol)}${text.slice(end)}`;
}

/** Blanks before the first key of a block, undefined when something else stands before it. */
function indentOf(text: string, map: YAMLMap): number | undefined {
  const start = map.range?.[0];
  if (start === undefined) return undefined;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return /^ +$/.test(line) ? line.length : undefined;
}

/** Offset behind the line on which the last value of a block ends. */
function endOfBlock(text: string, map: YAMLMap): number | undefined {
  const end = map.range?.[1];
  if (end === undefined) return undefined;
  const content = text.slice(0, end).trimEnd().length;
  const line = text.indexOf('\n', content);
  return line < 0 ? text.length : line + 1;
}

function block(value: unknown, indent: number, eol: string): string {
  const lines = stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}${eol}`).join('');
}

function rewritten(document: Document, { path, value }: FleetChange): string {
  document.setIn(path, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}
