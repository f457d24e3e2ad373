import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { StartError } from '../core/errors.js';
import { asObject, parseJsonWithComments } from './json.js';

export interface NamedKey {
  name: string;
  value: string;
  /** SHA-256 of the value: what requests are compared with. */
  digest: Buffer;
}

/** The keys of an app, by the kinds that Azure has (specification 3.4). */
export interface Keys {
  /** Opens everything. */
  master: NamedKey[];
  /** Good for every function of level `function`. */
  host: NamedKey[];
  /** Of extensions; they open no function. */
  system: NamedKey[];
  /** By lower-cased function name. */
  functions: Map<string, NamedKey[]>;
}

export const noKeys: Keys = { master: [], host: [], system: [], functions: new Map() };

/** What `az functionapp keys list` prints, with the keys of single functions under `functions.NAME`. */
const members = ['functionKeys', 'masterKey', 'systemKeys', 'functions'];

/**
 * Reads what `az functionapp keys list` prints (`functionKeys`, `masterKey`, `systemKeys`), plus an optional member
 * `functions: { NAME: { KEYNAME: VALUE } }` with what `az functionapp function keys list` prints for each function.
 * Throws StartError, never with a key in the message.
 */
export async function readKeys(file: string): Promise<Keys> {
  let json: unknown;
  try {
    json = parseJsonWithComments(await readFile(file, 'utf8'));
  } catch (error) {
    throw new StartError(
      `--keys ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no valid JSON'}).`,
    );
  }
  return keysFrom(json, `--keys ${file}`);
}

/** The keys in what `readKeys` reads. Throws StartError that begins with `place`, never with a key in the message. */
export function keysFrom(json: unknown, place = 'keys'): Keys {
  const wayOut =
    'Expected what "az functionapp keys list" prints: an object with functionKeys, masterKey and systemKeys.';
  const given = asObject(json);
  if (!given) throw new StartError(`${place}: this is no JSON object. ${wayOut}`);
  const names = Object.keys(given);
  const known = names.some((name) => members.includes(name));
  if (names.length > 0 && !known) throw new StartError(`${place}: none of its members is known. ${wayOut}`);
  const { masterKey, functionKeys, systemKeys, functions } = given;
  if (typeof (masterKey ?? '') !== 'string') throw new StartError(`${place}: masterKey must be a text.`);
  const ofFunctions = Object.entries(objectOrNone(functions, `${place}: functions`));
  return {
    master: masterKey ? [namedKey('_master', String(masterKey))] : [],
    host: namedKeys(functionKeys, `${place}: functionKeys`),
    system: namedKeys(systemKeys, `${place}: systemKeys`),
    functions: new Map(
      ofFunctions.map(([name, keys]) => [name.toLowerCase(), namedKeys(keys, `${place}: functions.${name}`)] as const),
    ),
  };
}

/** Key values by what a log may show instead. */
export function keySecrets({ master, host, system, functions }: Keys): Record<string, string> {
  const all = [...master, ...host, ...system].map(({ name, value }) => [`key ${name}`, value] as const);
  const own = [...functions].flatMap(([fn, keys]) =>
    keys.map(({ name, value }) => [`key ${name} of ${fn}`, value] as const),
  );
  return Object.fromEntries([...all, ...own]);
}

function namedKey(name: string, value: string): NamedKey {
  return { name, value, digest: keyDigest(value) };
}

export function keyDigest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function namedKeys(map: unknown, place: string): NamedKey[] {
  return Object.entries(objectOrNone(map, place)).flatMap(([name, value]) => {
    if (typeof value !== 'string') throw new StartError(`${place}: the key "${name}" must be a text.`);
    return value === '' ? [] : [namedKey(name, value)]; // an empty key must open nothing
  });
}

function objectOrNone(value: unknown, place: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  const map = asObject(value);
  if (!map) throw new StartError(`${place} must be an object of key names and values.`);
  return map;
}
