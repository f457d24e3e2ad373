import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import { readRegularFile } from '../core/regular-file.js';
import { ALLOWED_ENDPOINTS } from '../providers/contracts/endpoints.js';

/** A folder of the XDG base directories for fanops; a variable that holds no absolute path does not count. */
export function xdgDir(
  env: NodeJS.ProcessEnv,
  variable: 'XDG_CONFIG_HOME' | 'XDG_STATE_HOME',
  fallback: string,
): string {
  const base = env[variable];
  return join(base && isAbsolute(base) ? base : join(homedir(), fallback), 'fanops');
}

/** What the user sets for all fleets, outside of any: `~/.config/fanops/config.yaml`. */
export interface UserConfig {
  /** Addresses besides those of the clouds that may get a login. */
  allowedEndpoints: string[];
}

/** Reads the user's own configuration; a missing file is an empty one. @throws UserError for a file that is none. */
export async function userConfig(env: NodeJS.ProcessEnv): Promise<UserConfig> {
  const file = join(xdgDir(env, 'XDG_CONFIG_HOME', '.config'), 'config.yaml');
  let content: unknown;
  try {
    const text = (await readRegularFile(file)).toString('utf8');
    content = (await import('yaml')).parse(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { allowedEndpoints: [] };
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, {
      code: 'USER_CONFIG',
      where: file,
      cause: error,
    });
  }
  const { allowedEndpoints = [], ...rest } = (content ?? {}) as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(file, `unknown key "${unknown}"`);
  if (Array.isArray(allowedEndpoints) && allowedEndpoints.every((each) => typeof each === 'string'))
    return { allowedEndpoints };
  throw wrong(file, 'allowedEndpoints is no list of texts');
}

const wrong = (file: string, what: string): UserError =>
  new UserError(`${file}: ${what}.`, { code: 'USER_CONFIG', where: file, hint: 'Known keys: allowedEndpoints.' });

/**
 * The addresses that the user allows to get a login: by environment variable, separated by commas, and by the user's
 * configuration.
 */
export async function allowedEndpoints(env: NodeJS.ProcessEnv): Promise<string[]> {
  const named = (env[ALLOWED_ENDPOINTS] ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return [...named, ...(await userConfig(env)).allowedEndpoints];
}
