import type { Section } from './section.js';
import type { Env } from './settings.js';

const prefix = 'azurefunctionsjobhost__';

/**
 * Lays `AzureFunctionsJobHost__a__b` settings over host.json; `:` may stand for `__`, names are found in any casing,
 * and
 * a number is a place in a list (specification 2.1). Changes `json`.
 */
export function applyOverrides(json: Section, env: Env): void {
  for (const [name, value] of Object.entries(env)) {
    const normal = name.replaceAll(':', '__');
    if (value !== undefined && normal.toLowerCase().startsWith(prefix))
      set(json, normal.slice(prefix.length).split('__'), value);
  }
}

function set(node: Section | unknown[], [first = '', ...rest]: string[], value: string): void {
  const map = node as Section;
  const key = Object.keys(map).find((candidate) => candidate.toLowerCase() === first.toLowerCase()) ?? first;
  if (key === '__proto__') return; // no name of a setting of ours, and no plain member
  if (rest.length === 0) {
    map[key] = value;
    return;
  }
  const isContainer = typeof map[key] === 'object' && map[key] !== null;
  if (!isContainer) map[key] = /^\d+$/.test(rest[0] ?? '') ? [] : {};
  set(map[key] as Section | unknown[], rest, value);
}
