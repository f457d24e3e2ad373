import { BugError, UserError } from '../core/errors.js';
import { quote, quoteAll, quoteForReading } from './quote.js';
import type { Command } from './transport.js';

/** Linux passes a remote command to the login shell as one argument of at most 128 KiB (MAX_ARG_STRLEN in `linux/binfmts.h`). */
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

/** Program and arguments as they follow `env`, which would take a program with `=` in its name for one more variable. */
export function programWords({ argv: [program, ...args] }: Command): string[] {
  if (!program) throw new BugError('A command needs at least its program.');
  return program.includes('=') ? ['sh', '-c', 'exec "$@"', 'sh', program, ...args] : [program, ...args];
}

/** Begins the line on stderr by which a remote command tells its process number, before anything else that it prints. */
export const PID_MARK = 'fanops-pid=';

/**
 * The command as one string for a remote login shell, which may be any (bash, fish, csh): only characters that all of
 * them take literally within single quotes are used; others travel as octal escapes for `printf`. It tells its process number
 * first (PID_MARK), so that it can be ended: sshd does not pass signals on for everybody (not for root, and not before 7.9).
 * @throws UserError when it is longer than a host accepts.
 */
export function commandLine(command: Command, stdin: boolean): string {
  const script = `echo ${PID_MARK}$$ >&2; ${shellScript(command, stdin)}`;
  const plain = !/[\\!\u0000-\u001f\u007f]/.test(script);
  const line = `exec sh -c ${quote(plain ? script : `eval "$(printf "${octal(script)}")"`)}`;
  if (Buffer.byteLength(line) > LONGEST_COMMAND) {
    throw new UserError(`A command of ${Buffer.byteLength(line)} bytes is too long for a host (at most ${LONGEST_COMMAND}).`, {
      hint: 'Pass the data through standard input.',
    });
  }
  return line;
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
