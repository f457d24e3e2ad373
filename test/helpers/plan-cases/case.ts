import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { NameOf } from '../../../src/operations/catalog.js';
import { ROOT } from '../cli.js';
import type { Facts } from './facts.js';
import type { ShownError, ShownPlan } from './shown.js';

/** Where the cases and the worlds that they start from lie. */
export const CASES = join(ROOT, 'test/operations');

/** One file: what is there, what is asked for, and what must come of it. */
export interface PlanCase {
  /** What is proved, as the test shows it. */
  title: string;
  /** Name in the catalog, e.g. `migrate rollback`. */
  operation: NameOf<'operation'>;
  /** File under `worlds/` that `facts` are laid over. */
  world: string;
  /** What differs from that world: a merge patch (RFC 7396), in which `null` removes. */
  facts?: object;
  options?: object;
  /** Fields of inputs that are compared although they are left out elsewhere, e.g. `gate`. */
  compare?: string[];
  /** Steps whose look ahead of a dry run is compared. */
  look?: string[];
  /** What planning must give: a plan with what it told on its way, or an error. */
  plan?: ShownPlan;
  error?: ShownError;
}

const KEYS = new Set(['title', 'operation', 'world', 'facts', 'options', 'compare', 'look', 'plan', 'error']);

/** Reads a case. @throws Error for a key that is none, so that a misspelt one does not pass unseen */
export function readCase(file: string): PlanCase {
  const read = parse(readFileSync(join(CASES, file), 'utf8')) as PlanCase;
  const unknown = Object.keys(read).filter((key) => !KEYS.has(key));
  if (unknown.length > 0) throw new Error(`${file}: unknown key ${unknown.join(', ')}`);
  for (const key of ['title', 'operation', 'world'] as const)
    if (typeof read[key] !== 'string') throw new Error(`${file}: ${key} is missing`);
  return read;
}

/** The facts of a case: its world with the case's own laid over it. */
export function factsOf({ world, facts = {} }: PlanCase): Facts {
  const base: unknown = parse(readFileSync(join(CASES, 'worlds', `${world}.yaml`), 'utf8'));
  return merged(base, facts) as Facts;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(base: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
