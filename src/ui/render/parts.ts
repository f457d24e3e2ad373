import type { Style } from '../style.js';
import { cutTo, padTo, visibleLength, widthOf, wrap, wrapCommand } from '../width.js';

/** A command to type next, with what it does. */
export type NextStep = readonly [command: string, meaning?: string];

/**
 * The commands to type next, aligned, behind an empty line; nothing when there are none. In a narrow terminal what a
 * command does stands below it.
 */
export function nextSteps(steps: readonly NextStep[], style: Style, width = widthOf(process.stdout)): string[] {
  if (steps.length === 0) return [];
  const shown = steps.map(([command, meaning]) => ({ command: style.command(command), meaning }));
  const column = Math.max(...shown.map(({ command }) => visibleLength(command)));
  const beside = shown.every(({ meaning }) => column + 4 + visibleLength(meaning ?? '') <= width);
  const lines = shown.map(({ command, meaning }) => {
    if (!meaning) return wrapCommand(`  ${command}`, width);
    if (beside) return `  ${padTo(command, column)}  ${style.dim(meaning)}`;
    return `${wrapCommand(`  ${command}`, width)}\n      ${style.dim(meaning)}`;
  });
  return ['', 'Next:', ...lines];
}

/** Notes that the reader should not miss, one a line. */
export const notes = (texts: readonly string[], style: Style): string[] =>
  texts.map((text) => wrap(`${style.warn('!')} ${text}`, widthOf(process.stdout), 2));

/** The first line of a text, cut at a width in columns. */
export function brief(text: string, length = 60): string {
  const line = text.split('\n')[0] ?? '';
  return visibleLength(line) > length ? `${cutTo(line, length - 3).trimEnd()}...` : line;
}

/** `1 host`, `2 hosts`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Paragraphs with an empty line between; empty ones are left out. */
export const paragraphs = (...texts: (string | undefined)[]): string => texts.filter((text) => text).join('\n\n');

/** Says how many requests were cut with the workers that ended; nothing when none was, or when nobody tells. */
export function cutLine(cut: number | undefined, style: Style): string[] {
  if (!cut) return [];
  const text =
    `${cut} request${cut === 1 ? ' that was' : 's that were'} still under way when the ` +
    `drain ended ${cut === 1 ? 'was' : 'were'} cut.`;
  return [style.warn(text), style.dim('How long requests may go on: `drain` of the placement, or timing.drain.')];
}
