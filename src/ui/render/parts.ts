import type { Style } from '../style.js';

/** A command to type next, with what it does. */
export type NextStep = readonly [command: string, meaning?: string];

/** The commands to type next, aligned, behind an empty line; nothing when there are none. */
export function nextSteps(steps: readonly NextStep[], style: Style): string[] {
  if (steps.length === 0) return [];
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, meaning]) =>
    meaning ? `  ${style.command(command)}${' '.repeat(width - command.length)}  ${style.dim(meaning)}` : `  ${style.command(command)}`);
  return ['', 'Next:', ...lines];
}

/** Notes that the reader should not miss, one a line. */
export const notes = (texts: readonly string[], style: Style): string[] => texts.map((text) => `${style.warn('!')} ${text}`);

/** The first line of a text, cut at a length. */
export function brief(text: string, length = 60): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > length ? `${line.slice(0, length - 3).trimEnd()}...` : line;
}

/** `1 host`, `2 hosts`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Paragraphs with an empty line between; empty ones are left out. */
export const paragraphs = (...texts: (string | undefined)[]): string => texts.filter((text) => text).join('\n\n');
