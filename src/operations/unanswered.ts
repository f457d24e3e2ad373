import { FanopsError, messageOf } from '../core/errors.js';
import { ExitCode } from '../core/exit-codes.js';

/** A provider, or a region or account of it, that did not answer, so that a list may lack what it has. */
export interface Unanswered {
  /** Name of the provider, and which part of it: `aws`, `aws eu-west-1`, `gcp firewalls`. */
  provider: string;
  message: string;
  /** Machine-readable code of the error, e.g. `NOT_LOGGED_IN`. */
  code?: string;
  /** What to do about it. */
  hint?: string;
}

/** What did not answer, and why. */
export function unanswered(provider: string, error: unknown): Unanswered {
  const known = error instanceof FanopsError ? error : undefined;
  return { provider, message: messageOf(error), ...(known && { code: known.code }), ...(known?.hint && { hint: known.hint }) };
}

/** Each place once: what a whole provider was told is not told again of a part of it, and that its login is missing is told once. */
export function withoutEchoes(failed: readonly Unanswered[]): Unanswered[] {
  const kept: Unanswered[] = [];
  for (const each of failed.toSorted((one, other) => one.provider.length - other.provider.length)) if (!kept.some((known) => echoes(each, known))) kept.push(each);
  return failed.filter((each) => kept.includes(each));
}

const nameOf = ({ provider }: Unanswered): string => provider.split(' ')[0] ?? '';
const isLogin = ({ code }: Unanswered): boolean => code === 'NOT_LOGGED_IN';

function echoes(each: Unanswered, known: Unanswered): boolean {
  if (nameOf(each) !== nameOf(known)) return false;
  if (each.provider === known.provider) return true;
  return (isLogin(each) && isLogin(known)) || (each.message === known.message && each.provider.startsWith(`${known.provider} `));
}

/** How a list ends: 4 when nothing answered and a login is missing, 3 when a part did not answer, else 0. `answered`: at least one provider did. */
export function exitCodeOf(failed: readonly Unanswered[], answered: boolean): ExitCode {
  if (failed.length === 0) return ExitCode.ok;
  return !answered && failed.some(isLogin) ? ExitCode.login : ExitCode.partial;
}

/** The error of a command that got no answer from any of some providers, with all reasons, when a login is missing; undefined where one answered, or none is missing. */
export function loginError(providers: readonly string[], failed: readonly Unanswered[]): FanopsError | undefined {
  const answered = providers.some((provider) => !failed.some((each) => nameOf(each) === provider));
  const first = failed.find(isLogin);
  if (!first || exitCodeOf(failed, answered) !== ExitCode.login) return undefined;
  const hint = [...new Set(failed.flatMap((each) => each.hint ?? []))].join('\n');
  return new FanopsError(failed.map(({ message }) => message).join('\n'), { code: 'NOT_LOGGED_IN', exitCode: ExitCode.login, where: nameOf(first), hint });
}
