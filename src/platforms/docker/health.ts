import { decode, health as healthSchema, MalformedError, type Health } from '#protocol';
import { RemoteError } from '../../core/errors.js';

/** What the program of the proxy saw when it asked a container for its health. */
export interface HealthReport {
  ok: boolean;
  /** `health 200`, `no answer: ECONNREFUSED`. */
  seen: string;
  /** What came last. */
  body: string;
}

/** Reads what the program printed. @throws RemoteError (code BAD_ANSWER) */
export function healthAnswerOf(host: string, printed: string): HealthReport {
  const line = printed.trim().split('\n').at(-1) ?? '';
  try {
    const { ok, seen, body } = JSON.parse(line) as Record<string, unknown>;
    return { ok: ok === true, seen: String(seen), body: typeof body === 'string' ? body : '' };
  } catch (error) {
    throw new RemoteError(`The look at the health on ${host} printed what cannot be read.`, {
      host,
      code: 'BAD_ANSWER',
      cause: error,
      hint: `It printed: ${line.slice(0, 400) || 'nothing'}`,
    });
  }
}

/** What an app says of itself, where it does. */
export function healthIn(report: HealthReport): Health | { problem: string } {
  if (!report.ok) return { problem: report.seen };
  try {
    return decode(healthSchema, report.body);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { problem: 'it tells nothing of itself' };
  }
}
