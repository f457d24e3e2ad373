import { closest, distance } from 'fastest-levenshtein';
import { LineCounter, isNode, type Document } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../core/errors.js';

/** Something wrong in the fleet file, with its place. */
export interface Problem {
  path: readonly PropertyKey[];
  message: string;
  hint?: string;
}

/** Path of a value as people read it: `services.m1.placements.vm.port`. */
export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The nearest of the names that exist, when one is near enough to be meant. */
export function nearest(wrong: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(wrong, known as string[]);
  return distance(wrong.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(wrong.length / 3)) ? best : undefined;
}

/** Line and column of a value, or of the nearest parent that stands in the file. 1-based. */
function position(document: Document, counter: LineCounter, path: readonly PropertyKey[], key = false): { line: number; col: number } {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const items = (parent as { items?: { key?: { value?: unknown; range?: [number, number, number] } }[] } | undefined)?.items;
    const pair = items?.find((item) => item.key?.value === last);
    if (key && pair?.key?.range) return counter.linePos(pair.key.range[0]);
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]);
    if (pair?.key?.range) return counter.linePos(pair.key.range[0]);
  }
  return { line: 1, col: 1 };
}

/** One error that lists all problems, each with path, line and the way out. */
export function fleetError(file: string, document: Document, counter: LineCounter, problems: Problem[]): UserError {
  const lines = problems.map((problem) => {
    const unknown = problem.message.startsWith('unknown key');
    const { line, col } = position(document, counter, problem.path, unknown);
    const hint = problem.hint ? ` ${problem.hint}` : '';
    return { where: `${file}:${line}:${col}`, text: `${file}:${line}:${col} ${pathText(problem.path) || '(file)'}: ${problem.message}.${hint}` };
  });
  const many = lines.length > 1 ? `${lines.length} problems` : 'a problem';
  return new UserError(`The fleet file has ${many}:\n${lines.map((entry) => `  ${entry.text}`).join('\n')}`, {
    code: 'FLEET_FILE', where: lines[0]?.where, data: { problems: problems.map((p, i) => ({ path: pathText(p.path), where: lines[i]?.where, message: p.message, hint: p.hint })) },
  });
}

type Issue = z.core.$ZodIssue;

/** A schema issue as problems; unknown keys get the nearest known one. `keysAt` lists the keys that are known at a path. */
export function toProblems(issue: Issue, keysAt: (path: readonly PropertyKey[]) => string[]): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = keysAt(issue.path);
      const near = nearest(key, known);
      return {
        path: [...issue.path, key],
        message: `unknown key "${key}"`,
        hint: near ? `Did you mean "${near}"?` : `Known keys: ${known.join(', ')}. Keys that start with x- are left alone.`,
      };
    });
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return [{ path: issue.path, message: issue.message.replace(/\.$/, '') }];
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ path: issue.path, message: inner.message }));
  }
  return [{ path: issue.path, message: issue.message.replace(/\.$/, '') }];
}
