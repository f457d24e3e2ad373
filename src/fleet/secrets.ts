import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserError, messageOf } from '../core/errors.js';
import { Secret } from '../core/secret.js';

const exec = promisify(execFile);
const COMMAND_TIMEOUT_MS = 30_000;

/**
 * The value behind `env:NAME`, `file:PATH` (relative to the fleet file; a trailing newline is dropped) or `cmd:COMMAND` (run by sh in the folder
 * of the fleet file; its standard output).
 * @throws UserError that names the reference, never the value.
 */
export async function resolveReference(reference: string, where: string, dir: string, env: NodeJS.ProcessEnv): Promise<Secret> {
  const colon = reference.indexOf(':');
  const kind = reference.slice(0, colon);
  const rest = reference.slice(colon + 1);
  const fail = (why: string, hint: string): never => {
    throw new UserError(`${where}: ${reference} has no value: ${why}.`, { code: 'SECRET', where, hint });
  };
  if (kind === 'env') {
    const value = env[rest];
    return value === undefined || value === '' ? fail(`the variable ${rest} is not set`, `Set ${rest} and run the command again.`) : new Secret(value);
  }
  if (kind === 'file') {
    try {
      return new Secret((await readFile(resolve(dir, rest), 'utf8')).replace(/\r?\n$/, ''));
    } catch (error) {
      return fail(messageOf(error), 'Make the file, or correct the path; it is relative to the fleet file.');
    }
  }
  try {
    const { stdout } = await exec('sh', ['-c', rest], { cwd: dir, env, timeout: COMMAND_TIMEOUT_MS });
    return new Secret(stdout.replace(/\r?\n$/, ''));
  } catch (error) {
    const { code, killed } = error as { code?: number; killed?: boolean };
    return fail(killed ? `the command took over ${COMMAND_TIMEOUT_MS / 1000} s` : `the command failed with ${code ?? 'an error'}`, 'Run the command by hand to see why.');
  }
}
