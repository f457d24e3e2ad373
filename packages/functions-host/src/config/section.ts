import { asObject } from './json.js';

/** An object of host.json. Its keys are found in any casing, as the platform's configuration reader does. */
export type Section = Record<string, unknown>;

export function member(map: Section, key: string): unknown {
  if (Object.hasOwn(map, key)) return map[key];
  const lower = key.toLowerCase();
  const found = Object.keys(map).find((candidate) => candidate.toLowerCase() === lower);
  return found === undefined ? undefined : map[found];
}

/** The object at a path; an empty one where there is none. */
export function section(map: Section, ...path: string[]): Section {
  return path.reduce<Section>((node, key) => asObject(member(node, key)) ?? {}, map);
}
