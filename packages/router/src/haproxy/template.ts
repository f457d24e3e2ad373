import { readTemplates } from '../foreign/template.js';

const names = ['haproxy', 'placement', 'redirect', 'resolvers'] as const;

/** The texts that HAProxy's configuration is made of. */
export type Templates = Record<(typeof names)[number], string>;

/** @throws {Error} when one is missing */
export const readHaproxyTemplates = (dir: string): Promise<Templates> => readTemplates('haproxy', dir, names, '.cfg');

/** A text that stands within quotes of either kind and in formats. @throws {Error} for what HAProxy can't hold there */
export function plain(text: string): string {
  if (/["'$\\%\x00-\x1f\x7f]/.test(text))
    throw new Error(`${JSON.stringify(text)} has a character that HAProxy can't take`);
  return text;
}
