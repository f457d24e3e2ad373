import { BugError, UserError } from '../core/errors.js';
import { hostScript, runScript } from '../core/host-script.js';

/** A file name holds 255 bytes on every system; some are needed for the ending. */
const LONGEST_NAME = 200;

export interface GuardOptions {
  /** Directory of the locks on the host; made when missing. */
  dir: string;
  /** Name of the lock: run and step. May hold any characters. */
  name: string;
  /** What to do with a command of the same name that still runs: wait for its end, or end its process group. */
  forerunner: 'wait' | 'end';
  /** How long to wait for a forerunner before it is ended after all. */
  waitSeconds: number;
}

/**
 * The command line that runs a command under a lock and in a session of its own: when the SSH link drops, it runs on
 * and its
 * lock stays until it ends. A forerunner under the same lock is waited for or ended first (TERM, after 5 s KILL, to its
 * whole
 * process group). Output and exit code are those of the command; a signal shows as 128 + its number; 125 is that of a
 * guard that could not run it, whose reason is on stderr in a line that starts with `fanops-guard:`.
 * @throws UserError for a name that is too long for a file.
 */
export function guarded(argv: readonly string[], options: GuardOptions): string[] {
  if (argv.length === 0) throw new BugError('A guarded command needs at least its program.');
  const seconds = Math.ceil(options.waitSeconds);
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new BugError(`waitSeconds is ${options.waitSeconds}.`);
  const lock = lockName(options.name);
  if (lock === '') throw new BugError('A guard needs a name.');
  const { dir, forerunner } = options;
  return runScript(
    'guard',
    'fanops-guard',
    hostScript('guard-leader'),
    operand(dir),
    lock,
    forerunner,
    String(seconds),
    ...argv,
  );
}

/**
 * The command line that ends every guarded command whose lock name starts with a prefix, e.g. the id of a run, and
 * removes their
 * locks. Its output is read by `endedNames`; exit code 125 when one could not be ended.
 */
export function endAll(dir: string, prefix: string): string[] {
  return runScript('guard-end', 'fanops-guard', operand(dir), lockName(prefix));
}

/** The lock names that the command of `endAll` printed: those whose commands it ended. */
export function endedNames(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((name) => decodeURIComponent(name));
}

/** A name as part of a file name; a prefix of a name stays a prefix. */
function lockName(name: string): string {
  const encoded = encodeURIComponent(name).replace(
    /[.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (encoded.length <= LONGEST_NAME) return encoded;
  throw new UserError(
    `"${name.slice(0, 60)}..." is too long for the name of a lock (${encoded.length} of ${LONGEST_NAME} bytes).`,
  );
}

/** A path that no program takes for an option. */
function operand(path: string): string {
  return path.startsWith('/') ? path : `./${path}`;
}
