import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads the texts that an engine's configuration is made of. @throws {Error} when one is missing */
export async function readTemplates<Name extends string>(dir: string, names: readonly Name[], suffix: string): Promise<Record<Name, string>> {
  const texts = await Promise.all(names.map(async (name) => [name, await readFile(join(dir, `${name}${suffix}`), 'utf8')] as const));
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
