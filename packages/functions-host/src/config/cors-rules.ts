import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../core/errors.js';
import { asObject, parseJsonWithComments } from './json.js';
import { section, member } from './section.js';
import { getSetting, isTrue, type Env } from './settings.js';

export interface CorsRules {
  /** Lower-cased, without a trailing slash. */
  origins: string[];
  /** Any origin. */
  any: boolean;
  credentials: boolean;
}

/**
 * Where CORS is configured: the settings CORS_ALLOWED_ORIGINS (a JSON array) and CORS_SUPPORT_CREDENTIALS, else
 * `Host.CORS`
 * and `Host.CORSCredentials` of local.settings.json (specification 2.2, 3.10). Undefined = CORS is off. Throws
 * StartError.
 */
export async function corsRules(root: string, env: Env): Promise<CorsRules | undefined> {
  const setting = getSetting(env, 'CORS_ALLOWED_ORIGINS');
  if (setting) return rules(parseOrigins(setting), isTrue(getSetting(env, 'CORS_SUPPORT_CREDENTIALS')));
  const host = section(await localSettings(root), 'Host');
  const list = member(host, 'CORS');
  if (typeof list !== 'string' || list.trim() === '') return undefined;
  return rules(list.split(','), isTrue(String(member(host, 'CORSCredentials') ?? '')));
}

function rules(list: string[], credentials: boolean): CorsRules | undefined {
  const origins = list
    .map((origin) => origin.trim().replace(/\/$/, '').toLowerCase())
    .filter((origin) => origin !== '');
  return origins.length === 0 ? undefined : { origins, any: origins.includes('*'), credentials };
}

function parseOrigins(text: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined; // said below
  }
  if (Array.isArray(parsed) && parsed.every((origin) => typeof origin === 'string')) return parsed;
  throw new StartError(
    'The setting CORS_ALLOWED_ORIGINS must be a JSON array of origins, such as ["https://app.example.com"].',
  );
}

async function localSettings(root: string): Promise<Record<string, unknown>> {
  try {
    return asObject(parseJsonWithComments(await readFile(join(root, 'local.settings.json'), 'utf8'))) ?? {};
  } catch {
    return {}; // not there, or already refused where the settings are read
  }
}
