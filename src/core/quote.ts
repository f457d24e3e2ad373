import { UserError } from './errors.js';

/**
 * One word for a POSIX shell, byte for byte: wrapped in single quotes, a single quote inside written as `'\''`.
 * @throws UserError for a NUL byte, which no argument of a process can hold.
 */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new UserError(`A NUL byte cannot be passed to a command: ${JSON.stringify(word.slice(0, 80))}.`, {
      hint: 'Pass binary data through standard input.',
    });
  }
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A list of words, each quoted, with spaces between. */
export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** A word as a person would type it: quoted only where a shell needs it. For messages, never for running. */
export function quoteForReading(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quote(word.replaceAll('\0', '?'));
}
