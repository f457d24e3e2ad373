import { visible } from '../core/visible.js';

/** The codes that a coloured `Style` writes. */
const OWN_CODES = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** Beyond ASCII JSON leaves control characters as they are. */
const BEYOND_ASCII = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

/**
 * What may go to a terminal: control characters of names, remote output and messages are written as escapes. All text
 * for people passes here.
 * @param coloured whether the colour codes of fanops' own style stay.
 */
export function terminalText(text: string, coloured: boolean): string {
  const lines = text.replaceAll('\r\n', '\n');
  return coloured
    ? lines
        .split(OWN_CODES)
        .map((part, at) => (at % 2 === 1 ? part : visible(part)))
        .join('')
    : visible(lines);
}

/** JSON for a terminal or a program: control characters beyond ASCII are written as JSON escapes as well. */
export function jsonText(value: unknown, indent?: number): string {
  return (
    JSON.stringify(value, null, indent)?.replaceAll(
      BEYOND_ASCII,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ) ?? 'null'
  );
}

/** A value with all strings in it made visible, for those who draw it. */
export function visibleIn<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map(visibleIn) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, visibleIn(each)])) as T;
  return value;
}
