import { patterns } from './limits.js';

const badPath = new RegExp(patterns.badPath);

/**
 * The path of a request target as routes are looked up by it: escape sequences decoded, dot segments resolved, ASCII
 * letters in lower case. One character stands for one byte. Undefined for a target that is no path, is malformed, or
 * leads above the root.
 */
export function normalPath(target: string): string | undefined {
  const path = target.split('?', 1)[0] ?? '';
  if (!path.startsWith('/') || /[^\x21-\x7e]|#/.test(target) || badPath.test(path)) return undefined;
  const parts = decoded(path).split('/').slice(1);
  const kept: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (part === '..' && kept.pop() === undefined) return undefined;
    if (part !== '..' && part !== '.') kept.push(part);
    else if (index === parts.length - 1) kept.push('');
  }
  return lower(`/${kept.join('/')}`);
}

/**
 * The path of a route, in the same form, without trailing slashes: '' stands for the root. What is no escape sequence
 * stands for itself.
 */
export function normalPrefix(path: string): string {
  return lower(decoded(Buffer.from(path, 'utf8').toString('latin1'))).replace(/\/+$/, '');
}

/** A prefix with all but plain characters as `\xHH`, which nginx's expressions and HAProxy's words understand. */
export function escapedPrefix(prefix: string): string {
  return prefix.replace(/[^a-z0-9/_-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const decoded = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Letters of ASCII only, as nginx and HAProxy do. */
const lower = (text: string): string => text.replace(/[A-Z]/g, (char) => char.toLowerCase());
