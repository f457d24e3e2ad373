import type { z } from 'zod';
import { UserError } from '../core/errors.js';
import type { Problem } from '../core/problem.js';
import { locate, type Layer } from './layers.js';
import { nearest } from './nearest.js';

export type { Problem };

/** Path of a value as people read it: `services.m1.placements.vm.port`. */
const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** One error that lists all problems, each with path, line and the way out. */
export function fleetError(layers: readonly Layer[], problems: Problem[]): UserError {
  const entries = problems.map((problem) => {
    const { file, line, col } = locate(layers, problem.path, problem.message.startsWith('unknown key'));
    const where = `${file}:${line}:${col}`;
    const hint = problem.hint ? ` ${problem.hint}` : '';
    return {
      where,
      path: pathText(problem.path),
      message: problem.message,
      hint: problem.hint,
      text: `${where} ${pathText(problem.path) || '(file)'}: ${problem.message}.${hint}`,
    };
  });
  const many = entries.length > 1 ? `${entries.length} problems` : 'a problem';
  return new UserError(`The fleet file has ${many}:\n${entries.map((entry) => `  ${entry.text}`).join('\n')}`, {
    code: 'FLEET_FILE',
    where: entries[0]?.where,
    data: { problems: entries.map(({ path, where, message, hint }) => ({ path, where, message, hint })) },
  });
}

type Issue = z.core.$ZodIssue;

/**
 * A schema issue as problems; unknown keys get the nearest known one. `keysAt` lists the keys that are known at a path.
 */
export function toProblems(issue: Issue, keysAt: (path: readonly PropertyKey[]) => string[]): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = keysAt(issue.path);
      const near = nearest(key, known);
      return {
        path: [...issue.path, key],
        message: `unknown key "${key}"`,
        hint: near
          ? `Did you mean "${near}"?`
          : `Known keys: ${known.join(', ')}. Keys that start with x- are left alone.`,
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
