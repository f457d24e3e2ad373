import type { z } from 'zod';
import { UserError } from '../core/errors.js';
import { CATALOG, type CallableName, type OptionsOf } from './catalog.js';

/**
 * What a use case gets of what somebody gives: durations and lists are parsed, defaults are filled in, and nothing that
 * it does not know passes.
 * @param nameOf how the caller's user knows an option, for errors: `--hold`, `steps[2].with.hold`; '' for none
 * @throws UserError that names the options which are wrong
 */
export async function parseOptions<N extends CallableName>(
  name: N,
  given: unknown,
  nameOf: (path: readonly PropertyKey[]) => string = (path) => path.map(String).join('.'),
): Promise<OptionsOf<N>> {
  const { options } = await CATALOG[name].schemas();
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data as OptionsOf<N>;
  const problems = parsed.error.issues.map((issue) => problemOf(issue, nameOf));
  const hints = new Set(problems.flatMap(({ hint }) => hint ?? []));
  throw new UserError(problems.map(({ message }) => message).join('\n'), {
    hint: hints.size > 0 ? [...hints].join('\n') : undefined,
  });
}

type Issue = z.core.$ZodIssue;

function problemOf(issue: Issue, nameOf: (path: readonly PropertyKey[]) => string): { message: string; hint?: string } {
  // Of a choice, what it says of the text is meant: the other forms are those of programs.
  const inner = issue.code === 'invalid_union' ? issue.errors.flat().find(({ code }) => code === 'custom') : undefined;
  const { message, path } = inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
  const hint = inner ?? issue;
  const name = nameOf(path);
  return {
    message: `${name === '' ? '' : `${name}: `}${message}${/[.?!]$/.test(message) ? '' : '.'}`,
    hint: hint.code === 'custom' && typeof hint.params?.hint === 'string' ? hint.params.hint : undefined,
  };
}
