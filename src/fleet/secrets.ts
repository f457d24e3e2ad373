import { resolve } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { Secret } from '../core/secret.js';
import { runShell } from './shell.js';

const COMMAND_TIMEOUT_MS = 30_000;
/** More than this is no secret. */
const MAX_BYTES = 1 << 20;

/**
 * The value behind `env:NAME`, `file:PATH` (relative to the fleet file; a trailing newline is dropped) or `cmd:COMMAND`
 * (run by sh in the folder
 * of the fleet file; its standard output).
 * @throws UserError that names the reference, never the value.
 */
export async function resolveReference(
  reference: string,
  where: string,
  dir: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Secret> {
  const colon = reference.indexOf(':');
  const kind = reference.slice(0, colon);
  const rest = reference.slice(colon + 1);
  const fail = (why: string, hint: string): never => {
    throw new UserError(`${where}: ${reference} has no value: ${why}.`, { code: 'SECRET', where, hint });
  };
  if (kind === 'env') {
    const value = env[rest];
    return value === undefined || value === ''
      ? fail(`the variable ${rest} is not set`, `Set ${rest} and run the command again.`)
      : new Secret(value);
  }
  if (kind === 'file') {
    try {
      return new Secret((await readRegularFile(resolve(dir, rest), MAX_BYTES)).toString('utf8').replace(/\r?\n$/, ''));
    } catch (error) {
      return fail(messageOf(error), 'Make the file, or correct the path; it is relative to the fleet file.');
    }
  }
  const result = await runShell(rest, { cwd: dir, env, timeoutMs: COMMAND_TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
  if ('stdout' in result) return new Secret(result.stdout.replace(/\r?\n$/, ''));
  return fail(result.failed, 'Run the command by hand to see why.');
}
