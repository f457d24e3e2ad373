import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const names = ['nginx', 'server', 'route', 'placement', 'upstream-tls'] as const;
type TemplateName = (typeof names)[number];

/** The texts that nginx's configuration is made of. */
export type Templates = Record<TemplateName, string>;

/** @throws {Error} when one is missing */
export async function readTemplates(dir: string): Promise<Templates> {
  const texts = await Promise.all(names.map(async (name) => [name, await readFile(join(dir, `${name}.conf`), 'utf8')] as const));
  return Object.fromEntries(texts) as Templates;
}

/** Puts values in the places `@{name}`. @throws {Error} for a place without a value */
export function fill(template: string, values: Record<string, string>): string {
  return template.replace(/@\{(\w+)\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`a template asks for @{${name}}, which there is not`);
    return value;
  });
}

/** A value between double quotes of nginx's configuration. @throws {Error} for what nginx can't hold there */
export function quoted(text: string): string {
  // nginx has no way to write a dollar sign where it reads variables.
  if (/[$\x00-\x1f\x7f]/.test(text)) throw new Error(`${JSON.stringify(text)} has a character that nginx can't take`);
  return text.replace(/[\\"]/g, '\\$&');
}
