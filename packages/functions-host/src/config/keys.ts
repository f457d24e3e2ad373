import { readFile } from 'node:fs/promises';
import { StartError } from '../core/errors.js';
import { asObject, parseJsonWithComments } from './json.js';

export interface Keys {
  master: string[];
  /** Host keys: good for every function. */
  host: string[];
  /** By lower-cased function name. */
  functions: Map<string, string[]>;
}

export const noKeys: Keys = { master: [], host: [], functions: new Map() };

/**
 * Reads what `az functionapp keys list` prints (`functionKeys`, `masterKey`, `systemKeys`), plus an optional member
 * `functions: { NAME: { KEYNAME: VALUE } }` with what `az functionapp function keys list` prints for each function.
 * Throws StartError, never with a key in the message.
 */
export async function readKeys(file: string): Promise<Keys> {
  let json: Record<string, unknown> | undefined;
  try {
    json = asObject(parseJsonWithComments(await readFile(file, 'utf8')));
  } catch (error) {
    throw new StartError(`--keys ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no valid JSON'}).`);
  }
  if (!json) throw new StartError(`--keys ${file}: expected the JSON object that "az functionapp keys list" prints.`);
  const functions = Object.entries(asObject(json.functions) ?? {}).map(([name, keys]) => [name.toLowerCase(), texts(keys)] as const);
  return {
    master: typeof json.masterKey === 'string' && json.masterKey ? [json.masterKey] : [],
    host: texts(json.functionKeys),
    functions: new Map(functions),
  };
}

function texts(map: unknown): string[] {
  return Object.values(asObject(map) ?? {}).filter((value): value is string => typeof value === 'string' && value !== '');
}
