import type { z } from 'zod';
import { CancelledError, FanopsError, messageOf } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';
import type { unanswered as schema } from './shared.schema.js';

const LOGIN = 'NOT_LOGGED_IN';

/** A provider, or a region or account of it, that did not answer, so that a list may lack what it has. */
export type Unanswered = z.output<typeof schema>;

/**
 * What did not answer, and why. A missing login is one of the whole provider, whatever was asked of it. @throws
 * CancelledError when the user stopped
 */
export function unanswered(asked: string, error: unknown): Unanswered {
  if (error instanceof CancelledError) throw error;
  const known = error instanceof FanopsError ? error : undefined;
  const provider = known?.code === LOGIN ? (asked.split(' ')[0] ?? '') : asked;
  return {
    provider,
    message: messageOf(error),
    ...(known && { code: known.code }),
    ...(known?.hint && { hint: known.hint }),
  };
}

/** Each place once: what a whole provider was told is not told again of a part of it. */
export function withoutEchoes(failed: readonly Unanswered[]): Unanswered[] {
  const kept: Unanswered[] = [];
  for (const each of failed.toSorted((one, other) => one.provider.length - other.provider.length))
    if (!kept.some((known) => echoes(each, known))) kept.push(each);
  return failed.filter((each) => kept.includes(each));
}

function echoes(each: Unanswered, known: Unanswered): boolean {
  if (each.provider === known.provider) return true;
  return each.provider.startsWith(`${known.provider} `) && (each.message === known.message || isLogin(known));
}

const isLogin = ({ code }: Unanswered): boolean => code === LOGIN;

/**
 * How a list ends: 4 when none of the providers that were asked answered and a login is missing, 3 when a part did not
 * answer, else 0.
 */
export function exitCodeOf(failed: readonly Unanswered[], asked: readonly string[]): ExitCode {
  if (failed.length === 0) return ExitCode.ok;
  const silent = asked.every((name) => failed.some(({ provider }) => provider === name));
  return silent && failed.some(isLogin) ? ExitCode.login : ExitCode.partial;
}

/**
 * The error of a command for which nothing answered, with all reasons, when a login is missing; undefined when none is.
 */
export function loginError(failed: readonly Unanswered[]): FanopsError | undefined {
  const first = failed.find(isLogin);
  if (!first) return undefined;
  const hint = [...new Set(failed.flatMap((each) => each.hint ?? []))].join('\n');
  return new FanopsError(failed.map(({ message }) => message).join('\n'), {
    code: LOGIN,
    exitCode: ExitCode.login,
    where: first.provider,
    hint,
  });
}
