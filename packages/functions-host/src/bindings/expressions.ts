import { randomUUID } from 'node:crypto';
import { formatDate } from './date-format.js';
import { parseTemplate, type TemplatePart } from './template.js';

export type BindingData = Record<string, unknown>;
/** Fits a value into the text around it. `before` and `after` are the texts to its left and right. */
export type ValueFit = (value: string, name: string, before: string, after: string) => string;

/**
 * Replaces `{name}`, `{a.b}` and the built-in `{rand-guid}`, `{datetime}`, `{sys.utcNow}`, `{sys.randGuid}` from
 * binding data
 * (specification 2.3). Names are compared without case; binding data win over what is built in. Throws for a name
 * without a value.
 */
export function resolveExpressions(text: string, data: BindingData, fit: ValueFit = (value) => value): string {
  const parts = parseTemplate(text);
  let resolved = '';
  parts.forEach((part, index) => {
    if ('literal' in part) resolved += part.literal;
    else resolved += fit(valueOf(part, data, text), part.name, resolved, followingText(parts[index + 1]));
  });
  return resolved;
}

function followingText(part: TemplatePart | undefined): string {
  return part && 'literal' in part ? part.literal : '';
}

function valueOf(part: Exclude<TemplatePart, { literal: string }>, data: BindingData, text: string): string {
  const value = lookUp(part.path, data) ?? builtIn(part.name);
  if (value === undefined || value === null) throw new Error(`No value for '{${part.expression}}' in '${text}'.`);
  return textOf(value, part.format);
}

/** A GUID that was made here, so that its format can still be chosen. */
class Guid {
  readonly text = randomUUID();
}

function builtIn(name: string): unknown {
  switch (name.toLowerCase()) {
    case 'rand-guid':
    case 'sys.randguid':
      return new Guid();
    case 'datetime':
    case 'sys.utcnow':
      return new Date();
    default:
      return undefined;
  }
}

/** As .NET writes a value: `True` for true, JSON for objects. */
function textOf(value: unknown, format: string | undefined): string {
  if (value instanceof Date) return formatDate(value, format);
  if (value instanceof Guid) return guidText(value.text, format);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}

function guidText(guid: string, format: string | undefined): string {
  switch (format?.toUpperCase()) {
    case 'N':
      return guid.replaceAll('-', '');
    case 'B':
      return `{${guid}}`;
    case 'P':
      return `(${guid})`;
    default:
      return guid;
  }
}

/**
 * Of names that differ in casing alone the last one counts: binding data are laid over each other, route over query
 * over body.
 */
function lookUp([first, ...rest]: string[], data: BindingData): unknown {
  let node = Object.entries(data).findLast(([name]) => sameName(name, first!))?.[1];
  for (const segment of rest) {
    if (typeof node !== 'object' || node === null) return undefined;
    const record = node as BindingData;
    node = Object.hasOwn(record, segment)
      ? record[segment]
      : Object.entries(record).find(([name]) => sameName(name, segment))?.[1];
  }
  return node;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
