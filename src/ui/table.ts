import Table from 'cli-table3';
import type { Style } from './style.js';
import { padTo, visibleLength, widthOf, wrap } from './width.js';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/**
 * Rows as an aligned table without lines. In a terminal that is too narrow for it, each row becomes a block of `head:
 * value` lines, so that
 * columns never wrap into each other; `narrow` makes a shorter form of a row for that.
 */
export function table(
  head: string[],
  rows: string[][],
  style: Style,
  width = widthOf(process.stdout),
  narrow?: (row: string[]) => string,
): string {
  const made = new Table({
    head: head.map((cell) => style.dim(cell)),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  made.push(...rows);
  const text = made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
  if (fits(text, width)) return text;
  if (narrow) return rows.map(narrow).join('\n');
  const label = Math.max(...head.map(visibleLength));
  const beside = (cell: string): string => wrap(`${' '.repeat(label + 2)}${cell}`, width).slice(label + 2);
  return rows
    .map((row) =>
      row
        .map((cell, at) => ({ cell, at }))
        .filter(({ cell }) => cell !== '')
        .map(({ cell, at }) => `${style.dim(padTo(head[at] ?? '', label))}  ${beside(cell)}`)
        .join('\n'),
    )
    .join('\n\n');
}

/** Whether no line of a text is wider than that. */
export const fits = (text: string, width: number): boolean =>
  width === Number.POSITIVE_INFINITY || text.split('\n').every((line) => visibleLength(line) <= width);
