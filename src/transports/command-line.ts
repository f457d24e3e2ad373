import { BugError, UserError } from '../core/errors.js';
import { quote, quoteAll, quoteForReading } from '../core/quote.js';
import type { Command } from './transport.js';

/**
 * Linux passes a remote command to the login shell as one argument of at most 128 KiB (MAX_ARG_STRLEN in
 * `linux/binfmts.h`).
 */
const LONGEST_COMMAND = 131_071;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The script that runs a command under `sh`: it changes the directory first and does nothing when that fails, then
 * replaces the shell, so that the process which is signalled and waited for is the command itself.
 * @param stdin whether the command gets its input from the caller; without, it reads from /dev/null.
 * @throws UserError for a name that is no environment variable, or a NUL byte.
 */
export function shellScript(command: Command, stdin: boolean): string {
  const settings = settingsOf(command).map(([name, value]) => `${name}=${quote(value)}`);
  const enter = command.cwd === undefined ? '' : `cd -- ${quote(command.cwd)} && `;
  const input = stdin ? '' : ' </dev/null';
  return `${enter}exec env ${['LC_ALL=C', ...settings].join(' ')} ${quoteAll(programWords(command))}${input}`;
}

/** The environment of a command. @throws UserError for a name that is no environment variable. */
export function settingsOf(command: Command): [string, string][] {
  return Object.entries(command.env ?? {}).map(([name, value]) => {
    if (!ENV_NAME.test(name)) throw new UserError(`"${name}" is not the name of an environment variable.`);
    return [name, value];
  });
}

/**
 * Program and arguments as they follow `env`, which would take a program with `=` in its name for one more variable.
 */
export function programWords({ argv: [program, ...args] }: Command): string[] {
  if (!program) throw new BugError('A command needs at least its program.');
  return program.includes('=') ? ['sh', '-c', 'exec "$@"', 'sh', program, ...args] : [program, ...args];
}

/**
 * Begins the lines by which a remote command tells that it starts, and how it ended. The mark of the command follows.
 */
export const LINE_PREFIX = 'fanops:';

/**
 * Runs the function `r` as a remote command. Before anything that it prints, it says on both streams `fanops:MARK PID`:
 * what comes before is
 * text of the login shell's start-up files. The mark is put together by the shell, so that a login shell that prints
 * its commands does not print it.
 * Where the login shell did not give its process to the command (a wrapper, a server that makes no session), a `w`
 * follows, text may come
 * after the command as well, and `fanops:MARK=CODE` says where it ended and how. Nothing runs when nobody reads any
 * more.
 */
const START = [
  's=$$; { read -r _ _ _ _ _ s _ < /proc/$$/stat; } 2>/dev/null',
  `if [ "$s" = $$ ]; then echo "${LINE_PREFIX}$m $$" && echo "${LINE_PREFIX}$m $$" >&2 && r`,
  `else echo "${LINE_PREFIX}$m $$ w" && echo "${LINE_PREFIX}$m $$ w" >&2 && (r); c=$?`,
  `echo "${LINE_PREFIX}$m=$c"; echo "${LINE_PREFIX}$m=$c" >&2; exit $c; fi`,
].join('; ');

/**
 * What is sent to a command would be lost, without a word, where a start-up file has put a device or a file in the
 * place of standard input: then it does not start.
 */
const HAS_INPUT =
  'if [ -c /dev/stdin ] || [ -f /dev/stdin ]; then ' +
  'echo "a start-up file of the login shell takes standard input away (exec <FILE)" >&2; exit 125; fi; ';

/** Characters of a word of a remote command: csh takes at most 8 KiB. */
const LONGEST_WORD = 1500;

/**
 * The command as one string for a remote login shell, which may be any (bash, fish, csh): only characters that all of
 * them take literally within single quotes are used; others travel as octal escapes for `printf`. It tells first that
 * it starts, with its process
 * number, so that it can be ended: sshd does not pass signals on for everybody (not for root, and not before 7.9).
 * @param mark letters and digits that nothing else prints.
 * @throws UserError when it is longer than a host accepts.
 */
export function commandLine(command: Command, stdin: boolean, mark: string): string {
  const script = `m=${mark}; ${stdin ? HAS_INPUT : ''}r() { ${shellScript(command, stdin)}; }; ${START}`;
  const plain = !/[\\!\u0000-\u001f\u007f]/.test(script);
  const line = plain ? shellWords(script, 'eval "$s"') : shellWords(octal(script), 'eval "$(printf "$s")"');
  if (Buffer.byteLength(line) > LONGEST_COMMAND) {
    throw new UserError(
      `A command of ${Buffer.byteLength(line)} bytes is too long for a host (at most ${LONGEST_COMMAND}).`,
      {
        hint: 'Pass the data through standard input.',
      },
    );
  }
  return line;
}

/** Hands a text to `sh` in words of a bearable length, joins them to `$s`, and does something with it. */
function shellWords(text: string, action: string): string {
  const points = Array.from(text);
  const words: string[] = [];
  for (let at = 0, end; at < points.length; at = end) {
    end = at + LONGEST_WORD;
    // fish takes a backslash before the closing quote for an escape.
    if (points[end - 1] === '\\') end += 1;
    words.push(points.slice(at, end).join(''));
  }
  return `exec sh -c ${quote(`IFS=; s="$*"; unset IFS; ${action}`)} sh ${quoteAll(words)}`;
}

/** The command as a person would type it, for messages and logs. */
export function readable(command: Command): string {
  return command.argv.map(quoteForReading).join(' ');
}

function octal(script: string): string {
  let escaped = '';
  for (const byte of Buffer.from(script)) {
    const char = String.fromCharCode(byte);
    escaped += /[A-Za-z0-9 _./:=,@+&<>()-]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return escaped;
}
