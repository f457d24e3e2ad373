/** What ssh_config says of one host: each directive in lower case with its values in order, as `ssh -G` prints them. */
export class Directives {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(entries: Iterable<readonly [string, string]>) {
    const values = new Map<string, string[]>();
    for (const [name, value] of entries)
      values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);
    this.#values = values;
  }

  /** All values of a directive that may come several times. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of a directive; undefined where it is not set, or set to `none`. */
  one(name: string): string | undefined {
    const [value] = this.all(name);
    return value === undefined || value.toLowerCase() === 'none' ? undefined : value;
  }

  /** A number that is more than nothing. */
  number(name: string): number | undefined {
    const value = Number(this.one(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  }

  is(name: string): boolean {
    return this.one(name)?.toLowerCase() === 'yes' || this.one(name)?.toLowerCase() === 'true';
  }
}

/** Reads the output of `ssh -G`: a directive and its value in each line. */
export function parseDirectives(output: string): Directives {
  return new Directives(
    output.split('\n').flatMap((line) => {
      const space = line.indexOf(' ');
      return space > 0 ? [[line.slice(0, space), line.slice(space + 1).trim()] as const] : [];
    }),
  );
}

/** The words of a value; double quotes hold words with spaces together. */
export const words = (value: string): string[] =>
  [...value.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
