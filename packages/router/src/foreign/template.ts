import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForeignName } from '../layout.js';

/**
 * The files of templates/nginx and templates/haproxy by their names there: the bundle has them in itself, so that none
 * are of another version than it.
 */
declare const FANOPS_TEMPLATES: Readonly<Record<string, string>> | undefined;
const builtIn = typeof FANOPS_TEMPLATES === 'undefined' ? undefined : FANOPS_TEMPLATES;

/**
 * The texts that an engine's configuration is made of.
 * @param dir where they lie when they are not built in
 * @throws {Error} when one is missing
 */
export async function readTemplates<Name extends string>(
  engine: ForeignName,
  dir: string,
  names: readonly Name[],
  suffix: string,
): Promise<Record<Name, string>> {
  const textOf = async (file: string): Promise<string> =>
    builtIn?.[`${engine}/${file}`] ?? readFile(join(dir, file), 'utf8');
  const texts = await Promise.all(names.map(async (name) => [name, await textOf(`${name}${suffix}`)] as const));
  return Object.fromEntries(texts) as Record<Name, string>;
}

/** Puts values in the places `@{name}`. @throws {Error} for a place without a value */
export function fill(template: string, values: Record<string, string>): string {
  return template.replace(/@\{(\w+)\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a template asks for @{${name}}, which there is not`);
    return value;
  });
}
