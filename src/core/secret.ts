import { inspect } from 'node:util';

const MASK = '[secret]';

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
    this.#values.add(value);
    this.#values.add(encodeURIComponent(value));
    this.#values.add(JSON.stringify(value).slice(1, -1));
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
