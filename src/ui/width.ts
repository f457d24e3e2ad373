/** Columns of the terminal; without one lines are as long as they are, for those who search them. */
export const widthOf = (stream: { isTTY?: boolean; columns?: number }): number =>
  stream.isTTY ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY;

/** The escape sequences of colours have no width. */
export const visibleLength = (line: string): number => line.replaceAll(/\u001b\[[0-9;]*m/g, '').length;

/**
 * Each line of a text broken between words where it is wider than that; what follows is indented like its line, by `hang` more. A word that is
 * wider than a line, such as a path, is left in one piece.
 */
export function wrap(text: string, width: number, hang = 0): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width, hang))
    .join('\n');
}

/** A command line to copy, broken before its flags as a shell takes it; a piece that is wider than a line stays whole. */
export function wrapCommand(line: string, width: number): string {
  if (visibleLength(line) <= width) return line;
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
  const [start = '', blanks = ''] = /^(?:\u001b\[[0-9;]*m)*( *)/.exec(line) ?? [];
  const rest = blanks + ' '.repeat(hang);
  const lines: string[] = [];
  let open = start;
  let empty = true;
  for (const word of line.slice(start.length).split(' ')) {
    if (!empty && visibleLength(open) + 1 + visibleLength(word) > width) {
      lines.push(open);
      open = rest;
      empty = true;
    }
    open += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, open];
}
