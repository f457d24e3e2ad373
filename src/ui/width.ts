import { createRequire } from 'node:module';

/**
 * The two libraries are loaded when a line is first measured, which takes 15 ms of ICU: what goes to a pipe or is JSON
 * is never broken.
 * Node keeps what it loaded; both are ES modules without top-level await.
 */
const require = createRequire(import.meta.url);
const stringWidth = (text: string): number => (require('string-width') as typeof import('string-width')).default(text);
const wrapAnsi: typeof import('wrap-ansi').default = (text, width, options) =>
  (require('wrap-ansi') as typeof import('wrap-ansi')).default(text, width, options);

/** Columns of the terminal; without one lines are as long as they are, for those who search them. */
export const widthOf = (stream: { isTTY?: boolean; columns?: number }): number =>
  stream.isTTY ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY;

/** Columns that a line takes in a terminal: escape sequences take none, East Asian characters and emoji two. */
export const visibleLength = (line: string): number => stringWidth(line);

/** The text followed by blanks up to a width in columns; a wider one stays as it is. */
export const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** As much of the start of a line as fits a width in columns, in whole characters. */
export const cutTo = (line: string, width: number): string =>
  wrapAnsi(line, width, { hard: true, wordWrap: false, trim: false }).split('\n')[0] ?? '';

/**
 * Each line of a text broken between words where it is wider than that; what follows is indented like its line, by
 * `hang` more. A word that is
 * wider than a line, such as a path, is left in one piece. Colours end with each line and go on in the next.
 */
export function wrap(text: string, width: number, hang = 0): string {
  if (width === Number.POSITIVE_INFINITY) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width, hang))
    .join('\n');
}

/**
 * A command line to copy, broken before its flags as a shell takes it; a piece that is wider than a line stays whole.
 */
export function wrapCommand(line: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY || visibleLength(line) <= width) return line;
  const rest = `${/^ */.exec(line)?.[0] ?? ''}    `;
  const [first = '', ...pieces] = line.split(/ (?=-)/);
  const lines = [first];
  for (const piece of pieces) {
    const last = lines[lines.length - 1] ?? '';
    if (visibleLength(last) + visibleLength(piece) + 3 <= width) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(`${rest}${piece}`);
  }
  return lines.join(' \\\n');
}

function wrapLine(line: string, width: number, hang: number): string[] {
  if (visibleLength(line) <= width) return [line];
  const [, codes = '', indent = ''] = /^((?:\u001b\[[0-9;]*m)*)( *)/.exec(line) ?? [];
  const [first = '', ...more] = rows(codes + line.slice(codes.length + indent.length), width - indent.length);
  // The first row has the room of the hanging indent; what follows is wrapped without it.
  const rest = hang > 0 && more.length > 0 ? rows(more.join(' '), width - indent.length - hang) : more;
  return [indent + first, ...rest.map((row) => indent + ' '.repeat(hang) + row)];
}

const rows = (text: string, width: number): string[] => wrapAnsi(text, Math.max(1, width)).split('\n');
