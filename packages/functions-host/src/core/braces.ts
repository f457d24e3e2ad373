/**
 * `{a,b{c,d}}.js` -> `a.js`, `bc.js`, `bd.js`: the sets of a glob, outermost first, in their order. Ranges stay as they
 * are.
 */
export function expandBraces(pattern: string): string[] {
  const set = firstSet(pattern);
  if (!set) return [pattern];
  const [start, end, options] = set;
  return options.flatMap((option) => expandBraces(pattern.slice(0, start) + option + pattern.slice(end + 1)));
}

/** True where a path holds characters that a glob gives a meaning. */
export function isPattern(path: string): boolean {
  return /[*?[\]{}!]|[@+]\(/.test(path);
}

/** Start, end and members of the first closed set that holds a comma. */
function firstSet(pattern: string): [start: number, end: number, options: string[]] | undefined {
  for (let start = pattern.indexOf('{'); start >= 0; start = pattern.indexOf('{', start + 1)) {
    const options = [''];
    for (let at = start + 1, depth = 0; at < pattern.length; at++) {
      const char = pattern[at]!;
      if (char === '}' && depth === 0) {
        if (options.length > 1) return [start, at, options];
        break;
      }
      if (char === '{') depth++;
      if (char === '}') depth--;
      if (char === ',' && depth === 0) options.push('');
      else options[options.length - 1] += char;
    }
  }
  return undefined;
}
