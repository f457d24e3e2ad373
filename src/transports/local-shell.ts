import { constants, homedir } from 'node:os';
import { execa } from 'execa';
import { RemoteError } from '../core/errors.js';

/**
 * Runs a login shell on the user's terminal, or over pipes when it is none. Resolves with the exit code, 128 + n for a
 * signal.
 */
export async function openLocalShell(
  host: string,
  terminal: { stdin: NodeJS.ReadStream; stdout: NodeJS.WriteStream },
): Promise<number> {
  const stdio = terminal.stdin.isTTY ? 'inherit' : 'pipe';
  const shell = execa(process.env.SHELL ?? '/bin/sh', ['-l'], { cwd: homedir(), stdio, reject: false, buffer: false });
  if (shell.stdin) terminal.stdin.pipe(shell.stdin);
  shell.stdout?.pipe(terminal.stdout, { end: false });
  shell.stderr?.pipe(terminal.stdout, { end: false });
  const result = await shell;
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal) return 128 + constants.signals[result.signal];
  throw new RemoteError(`The shell cannot be started: ${result.shortMessage}`, { host, cause: result.cause });
}
