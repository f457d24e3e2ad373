/** The bracket at the start of a test's title: `[3.1-4]` or `[3.1-4, 3.1-5]`. */
const leading = /^\[(\d+(?:\.\d+)?-\d+(?:, *\d+(?:\.\d+)?-\d+)*)\]/;

/** String literals that start with such a bracket; a title of `each` may have its rows' values in it. */
const literal = /(['"`])(\[\d+(?:\.\d+)?-\d+(?:, *\d+(?:\.\d+)?-\d+)*\](?:\\.|(?!\1)[^\\])*)\1/g;

/** Where a title stops being fixed: `%s`, `$name`, `${value}`. */
const placeholder = /%[sdifjo#$]|\$\{|\$[a-zA-Z]/;

/** A title as the source has it. */
export interface SourceTitle {
  ids: string[];
  /** The text as far as it is fixed. */
  text: string;
  /** False where values are put in when the tests run. */
  whole: boolean;
}

/** @returns The rule ids that a title names; none if it does not start with a bracket of ids. */
export function idsOf(title: string): string[] {
  return leading.exec(title)?.[1]?.split(/, */) ?? [];
}

/** @returns The titles with rule ids in the text of a test file, found without running it. */
export function titlesIn(source: string): SourceTitle[] {
  return [...source.matchAll(literal)].map(([, , raw = '']) => {
    const title = raw.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1');
    const end = placeholder.exec(title)?.index;
    return { ids: idsOf(title), text: title.slice(0, end), whole: end === undefined };
  });
}

/** @returns True if a test of this title can come from that place in the source. */
export function comesFrom(title: string, { text, whole }: SourceTitle): boolean {
  return whole ? title === text : title.startsWith(text);
}
