import { accessSync, constants, existsSync } from 'node:fs';
import type { PseudoTtyInfo } from 'ssh2';

/**
 * A program that joins another to a new terminal: script(1) of util-linux, or the one of macOS with its own arguments.
 */
const SCRIPT = '/usr/bin/script';

/** The program of a login shell: bash for its line editing where the machine has it. */
export function loginShell(): string {
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
}

/** Whether this machine can give a command a terminal. */
export function hasTerminals(): boolean {
  try {
    accessSync(SCRIPT, constants.X_OK);
    return true;
  } catch {
    return false; // then the command gets plain pipes
  }
}

/**
 * The command line under a terminal of the size that was asked for. `command` is what the client sent, for `/bin/sh
 * -c`.
 */
export function onTerminal(command: string, pty: PseudoTtyInfo): [string, ...string[]] {
  const size = `stty rows ${Math.trunc(pty.rows) || 24} cols ${Math.trunc(pty.cols) || 80}`;
  if (process.platform === 'linux') return [SCRIPT, '-qefc', `${size}\n${command}`, '/dev/null'];
  return [SCRIPT, '-q', '/dev/null', '/bin/sh', '-c', `${size}\n${command}`];
}
