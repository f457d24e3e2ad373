import { readTemplates } from '../foreign/template.js';

const names = ['nginx', 'server', 'route', 'targets', 'placement', 'failover', 'upstream-tls'] as const;

/** The texts that nginx's configuration is made of. */
export type Templates = Record<(typeof names)[number], string>;

/** @throws {Error} when one is missing */
export const readNginxTemplates = (dir: string): Promise<Templates> => readTemplates('nginx', dir, names, '.conf');

/** A value between double quotes of nginx's configuration. @throws {Error} for what nginx can't hold there */
export function quoted(text: string): string {
  // nginx has no way to write a dollar sign where it reads variables.
  if (/[$\x00-\x1f\x7f]/.test(text)) throw new Error(`${JSON.stringify(text)} has a character that nginx can't take`);
  return text.replace(/[\\"]/g, '\\$&');
}
