import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../templates/sh/', import.meta.url));

/** A line by which a script takes in another one: `. "${0%/*}/lib/lock.sh"`. */
const INCLUDE = /^\. "\$\{0%\/\*\}\/([\w./-]+\.sh)"$/gm;

const read = new Map<string, string>();

/**
 * The text of a script that runs on hosts, `templates/sh/NAME.sh`, for `sh -c TEXT NAME ARG...`: without what it says
 * of itself at its top, and with the files that it includes in their places.
 */
export function hostScript(name: string): string {
  const text = read.get(name) ?? bodyOf(join(FOLDER, `${name}.sh`), dirname(join(FOLDER, name)));
  read.set(name, text);
  return text;
}

const bodyOf = (file: string, folder: string): string =>
  readFileSync(file, 'utf8')
    .replace(/^(#.*\n)+/, '')
    .replaceAll(INCLUDE, (_line, path: string) => bodyOf(join(folder, path), folder));

/** The command line that runs a script on a host. @param as what it is called there in messages */
export const runScript = (name: string, as: string, ...args: readonly string[]): string[] => [
  'sh',
  '-c',
  hostScript(name),
  as,
  ...args,
];
