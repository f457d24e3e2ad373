import { inspect } from 'node:util';

const MASK = '[secret]';
/** Characters from which a line of a secret is masked by itself. */
const LONG_LINE = 8;

/** A value that never prints itself: its string, JSON and inspect forms are `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value. Only for writing it to where it is used: a protected file, a socket, standard input. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** Knows the secrets that were revealed in this process and masks them in text that leaves it. */
export class Scrubber {
  readonly #values = new Set<string>();

  /** Remembers a secret. Values shorter than four characters are not masked: they would eat ordinary text. */
  add(secret: Secret): void {
    const value = secret.reveal();
    if (value.length < 4) return;
    // Of a value with several lines, such as a private key, each line counts: logs come line by line.
    const lines = value.split(/\r?\n/).filter((line) => line.length >= LONG_LINE);
    for (const part of [value, ...(lines.length > 1 ? lines : [])]) {
      const inJson = JSON.stringify(part).slice(1, -1);
      // A log line that is JSON itself, kept in JSON.
      const twice = JSON.stringify(inJson).slice(1, -1);
      for (const form of [part, encodeURIComponent(part), inJson, twice]) this.#values.add(form);
    }
  }

  /** The text with each known secret replaced by `[secret]`, the longest first. */
  scrub(text: string): string {
    const values = [...this.#values].sort((a, b) => b.length - a.length);
    return values.reduce((clean, value) => clean.replaceAll(value, MASK), text);
  }

  /** A JSON value with every string in it scrubbed. */
  scrubJson<T>(value: T): T {
    return value === undefined ? value : (JSON.parse(this.scrub(JSON.stringify(value))) as T);
  }
}
