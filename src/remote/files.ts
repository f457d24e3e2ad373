import { runScript } from '../core/host-script.js';

/** Small file work on a host, as command lines. */
const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops', ...args];

/**
 * Removes a directory tree or file; absent is fine. Tries again while a program that is ending still writes into it.
 */
export const removeTree = (path: string): string[] => runScript('remove-tree', 'fanops', path);

/** Gives a file another name as well, in place of what has that name. Takes no room. */
export const linkFile = (from: string, to: string): string[] =>
  sh('[ "$1" -ef "$2" ] || { ln -f -- "$1" "$2.new.$$" && mv -f -- "$2.new.$$" "$2"; }', from, to);

/** The same, when there is such a file and a folder for the other name, and nothing has that name yet. */
export const keepFile = (from: string, to: string): string[] =>
  sh('[ ! -f "$1" ] || [ -e "$2" ] || [ ! -d "$(dirname -- "$2")" ] || ln -- "$1" "$2"', from, to);

/** Makes directories, readable by the login only. */
export const makeDirs = (...paths: string[]): string[] => sh('umask 077; mkdir -p -- "$@"', ...paths);

/** Renames a directory into place; a target that exists is left alone and counts as done. */
export const renameInto = (from: string, to: string): string[] => sh('[ -e "$2" ] || mv -- "$1" "$2"', from, to);

/** Points a symbolic link at a target in one atomic step. */
export const pointLink = (target: string, link: string): string[] =>
  sh(
    'ln -s -- "$1" "$2.new.$$" && { mv -fT -- "$2.new.$$" "$2" 2>/dev/null || mv -fh -- "$2.new.$$" "$2"; }',
    target,
    link,
  );

/** Prints the target of a link, nothing when there is none. */
export const readLink = (link: string): string[] => sh('readlink -- "$1" || true', link);

/** Prints the names in a directory, one a line, nothing when it does not exist. */
export const listDir = (dir: string): string[] => sh('[ -d "$1" ] && ls -1 -- "$1" || true', dir);

/** Prints the JSON files of a folder, each of one line. No such folder is no error. */
export const readJsonFiles = (dir: string): string[] =>
  sh('cd -- "$1" 2>/dev/null || exit 0; for each in *.json; do [ ! -f "$each" ] || cat -- "$each"; done', dir);

/** Exit code 0 when the path exists. */
export const exists = (path: string): string[] => ['test', '-e', path];

/** Last lines of log files, each file named first; files that do not exist are left out. */
export const tailFiles = (lines: number, ...files: string[]): string[] =>
  sh('n=$1; shift; for f in "$@"; do [ -f "$f" ] && tail -n "$n" -- "$f"; done; true', String(lines), ...files);
