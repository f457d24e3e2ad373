/** Small file work on a host, as command lines. */
const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops', ...args];

/** Removes a directory tree or file; absent is fine. */
export const removeTree = (path: string): string[] => ['rm', '-rf', '--', path];

/** Makes directories, readable by the login only. */
export const makeDirs = (...paths: string[]): string[] => sh('umask 077; mkdir -p -- "$@"', ...paths);

/** Renames a directory into place; a target that exists is left alone and counts as done. */
export const renameInto = (from: string, to: string): string[] => sh('[ -e "$2" ] || mv -- "$1" "$2"', from, to);

/** Points a symbolic link at a target in one atomic step. */
export const pointLink = (target: string, link: string): string[] =>
  sh('ln -s -- "$1" "$2.new.$$" && { mv -fT -- "$2.new.$$" "$2" 2>/dev/null || mv -fh -- "$2.new.$$" "$2"; }', target, link);

/** Prints the target of a link, nothing when there is none. */
export const readLink = (link: string): string[] => sh('readlink -- "$1" || true', link);

/** Prints the names in a directory, one a line, nothing when it does not exist. */
export const listDir = (dir: string): string[] => sh('[ -d "$1" ] && ls -1 -- "$1" || true', dir);

/** Exit code 0 when the path exists. */
export const exists = (path: string): string[] => ['test', '-e', path];

/** Last lines of log files, each file named first; files that do not exist are left out. */
export const tailFiles = (lines: number, ...files: string[]): string[] =>
  sh('n=$1; shift; for f in "$@"; do [ -f "$f" ] && tail -n "$n" -- "$f"; done; true', String(lines), ...files);
