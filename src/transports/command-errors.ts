import { saysDiskFull } from '../core/disk-full.js';
import { formatDuration } from '../core/duration.js';
import { CancelledError, RemoteError } from '../core/errors.js';
import { readable } from './command-line.js';
import type { Execution } from './executor.js';
import { OUTPUT_LIMIT, excerpt } from './output.js';
import type { Command } from './transport.js';

/** A command that did not end in time. */
export function deadlineError(host: string, command: Command, timeoutMs: number, stderr: string): RemoteError {
  return new RemoteError(
    `The command did not end within ${formatDuration(timeoutMs)} on ${host}: ${readable(command)}`,
    {
      host,
      code: 'DEADLINE',
      command: readable(command),
      stderr,
      hint: 'It was sent a KILL signal; look on the host whether something is stuck.',
      data: { timeoutMs },
    },
  );
}

/** A command that was silent for too long, in both directions. */
export function idleError(host: string, command: Command, idleTimeoutMs: number, stderr: string): RemoteError {
  return new RemoteError(
    `Nothing was read or written for ${formatDuration(idleTimeoutMs)} on ${host}: ${readable(command)}`,
    {
      host,
      code: 'DEADLINE',
      command: readable(command),
      stderr,
      hint: 'It was sent a KILL signal. Give it more time with --timeout DURATION.',
      data: { idleTimeoutMs },
    },
  );
}

/**
 * A login shell that did not come to the command: it ended before (`end` says how), or is still busy with its start-up
 * files.
 */
export function loginShellError(
  host: string,
  user: string,
  command: Command,
  text: string,
  end: { code: number | null; signal?: string } | number,
): RemoteError {
  const how =
    typeof end === 'object'
      ? `ended with ${end.code === null ? `signal ${end.signal ?? 'unknown'}` : `exit code ${end.code}`}`
      : `was not done within ${formatDuration(end)}`;
  const said = excerpt(text.trim());
  return new RemoteError(
    `The login shell of ${user} on ${host} ${how} before it ran the command: ${readable(command)}`,
    {
      host,
      code: typeof end === 'object' ? 'LOGIN_SHELL' : 'DEADLINE',
      command: readable(command),
      stderr: said,
      data: { loginShell: true, ...(typeof end === 'number' && { timeoutMs: end }) },
      hint:
        `${said ? `It printed:\n${said}\n` : ''}Look for \`exit\`, \`exec\`, or what waits in ` +
        `its start-up files (such as ~/.bashrc), and at its shell: getent passwd ${user}`,
    },
  );
}

/** A command that said on standard error only that it starts: what it prints on standard output does not come back. */
export function lostOutputError(host: string, user: string, command: Command): RemoteError {
  return new RemoteError(
    `The login shell of ${user} on ${host} sends standard output elsewhere; what this printed is ` +
      `lost: ${readable(command)}`,
    {
      host,
      code: 'LOGIN_SHELL',
      command: readable(command),
      data: { loginShell: true },
      hint:
        'Look for `exec` with a redirection, such as `exec 1>&2` or `exec >FILE`, in its ' +
        'start-up files (such as ~/.bashrc).',
    },
  );
}

/** A command that was given up on because the user or its caller said so. */
export function abortedError(host: string, command: Command): CancelledError {
  return new CancelledError(`Cancelled while this ran on ${host}: ${readable(command)}`, { where: host });
}

/** A command that printed more than is kept in memory, or whose listener or sink failed. */
export function outputError(
  host: string,
  command: Command,
  reason: 'limit' | 'listener' | 'sink',
  detail: string,
  cause?: Error,
): RemoteError {
  const what =
    reason === 'limit'
      ? `The command printed more than ${OUTPUT_LIMIT / 1024 / 1024} MiB on ${detail}`
      : `What the command printed could not be handled (${detail})`;
  return new RemoteError(`${what} on ${host}: ${readable(command)}`, {
    host,
    code: reason === 'limit' ? 'OUTPUT_LIMIT' : 'OUTPUT',
    command: readable(command),
    cause,
  });
}

/** An input that could not be read to its end while it was sent to a command. */
export function inputError(host: string, command: Command, cause: Error): RemoteError {
  return new RemoteError(`The input for a command on ${host} broke off: ${cause.message}`, {
    host,
    code: 'INPUT',
    command: readable(command),
    cause,
  });
}

/** A command of fanops' own that failed; code DISK_FULL when the host has no space left. */
export function failedError(host: string, what: string, command: Command, result: Execution): RemoteError {
  const stderr = excerpt(result.stderr.toString('utf8'));
  const full = saysDiskFull(stderr);
  const end = result.code === null ? `signal ${result.signal ?? 'unknown'}` : `exit code ${result.code}`;
  return new RemoteError(
    `${what} on ${host} failed with ` +
      `${end}${full ? ', the disk is full' : ''}${stderr ? `: ${stderr.split('\n').at(-1)}` : ''}`,
    {
      host,
      code: full ? 'DISK_FULL' : 'REMOTE',
      command: readable(command),
      status: result.code,
      signal: result.signal,
      stderr,
      hint: full ? 'Free space on the host, then run it again.' : undefined,
    },
  );
}
