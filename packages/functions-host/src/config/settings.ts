import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { StartError } from '../core/errors.js';
import { asObject, parseJsonWithComments } from './json.js';

export type Env = Record<string, string | undefined>;

/** Reads KEY=VALUE lines. Throws StartError with the file's name; never with a value. */
export async function readEnvFile(file: string): Promise<Record<string, string>> {
  try {
    return parseEnv(await readFile(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new StartError(
      `--env-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'bad content'}).`,
    );
  }
}

/** `Values` and `ConnectionStrings` of local.settings.json, when the file is there (specification 2.2). */
export async function readLocalSettings(root: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(join(root, 'local.settings.json'), 'utf8');
  } catch {
    return {}; // the file is optional: it is normally not deployed
  }
  let parsed: Record<string, unknown> | undefined;
  try {
    parsed = asObject(parseJsonWithComments(text));
  } catch {
    // the parser's message quotes the text, which may hold secrets
    throw new StartError('local.settings.json is not valid JSON.');
  }
  if (parsed?.IsEncrypted === true) {
    throw new StartError(
      'local.settings.json is encrypted. Run `func settings decrypt` where it was made, or give --env-file.',
    );
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(asObject(parsed?.Values) ?? {})) {
    if (value !== null && value !== undefined && typeof value !== 'object') values[name] = String(value);
  }
  for (const [name, value] of Object.entries(asObject(parsed?.ConnectionStrings) ?? {})) {
    const connection = typeof value === 'string' ? value : asObject(value)?.ConnectionString;
    if (typeof connection === 'string') values[`ConnectionStrings:${name}`] = connection;
  }
  return values;
}

/** A setting by name: case-insensitive, and `:` also matches `__` (specification 2.2, 2.3). */
export function getSetting(env: Env, name: string): string | undefined {
  if (env[name] !== undefined) return env[name];
  const wanted = settingKey(name);
  const key = Object.keys(env).find((candidate) => settingKey(candidate) === wanted);
  return key === undefined ? undefined : env[key];
}

function settingKey(name: string): string {
  return name.replaceAll(':', '__').toLowerCase();
}

/** Truth as the platform reads it: `1` or `true`, in any case. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|true)$/i.test(value.trim());
}

/** Names between percent signs. An unclosed one is dropped. */
export function referencedSettings(text: string): string[] {
  return [...text.matchAll(/%([^%]+)%/g)].map((match) => match[1]!);
}

/** Replaces `%NAME%` from settings. Throws for an unset name or an unclosed sign (specification 2.3). */
export function resolveSettings(text: string, env: Env, place: string): string {
  const resolved = text.replace(/%([^%]*)%/g, (_all, name: string) => {
    const value = getSetting(env, name);
    if (value === undefined)
      throw new Error(`${place}: the setting '${name}' is not set, but '%${name}%' refers to it.`);
    return value.replaceAll('%', '\0');
  });
  if (resolved.includes('%')) throw new Error(`${place}: '%' is not closed in '${text}'.`);
  return resolved.replaceAll('\0', '%');
}
