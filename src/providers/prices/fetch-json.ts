import type { Clock } from '../../core/clock.js';
import { messageOf } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import { ProviderError, type ProviderErrorCode } from '../contracts/errors.js';
import { PROXY_REFUSED } from '../contracts/http-proxy.js';

export interface FetchOptions {
  provider: string;
  /** For errors: `reading the price of Standard_B1s`. */
  doing: string;
  clock: Clock;
  headers?: Record<string, string>;
  /** Ends the request and the waiting. */
  signal?: AbortSignal;
}

const PATIENCE_MS = 60_000;
const ANSWER_MS = 20_000;
const KINDS: Record<number, ProviderErrorCode> = {
  400: 'INVALID',
  401: 'NOT_LOGGED_IN',
  403: 'DENIED',
  404: 'NOT_FOUND',
};

/** Reads JSON from a price list; throttling and lost answers are waited out for a minute. @throws ProviderError */
export async function fetchJson<T>(
  url: string,
  { provider, doing, clock, headers = {}, signal }: FetchOptions,
): Promise<T> {
  const failed = (why: string, code: ProviderErrorCode, cause?: unknown): ProviderError =>
    new ProviderError(`${doing} failed: ${why}`, { provider, code, cause });
  let last = failed('no answer', 'PROVIDER_DOWN');
  const patient = (error: ProviderError): { done: false; seen: string } => {
    last = error;
    return { done: false, seen: error.message };
  };
  try {
    return await waitFor<T>(
      async () => {
        let answer: Response;
        let text: string;
        try {
          // A redirect is not followed: it could name any host, and the headers may carry a login.
          answer = await fetch(url, {
            redirect: 'manual',
            headers: { accept: 'application/json', ...headers },
            signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]),
          });
          text = await answer.text();
        } catch (error) {
          if (signal?.aborted) throw signal.reason;
          const cause = error instanceof Error && error.cause ? error.cause : error;
          const lost = failed(messageOf(cause), 'PROVIDER_DOWN', error);
          if ((cause as { code?: string }).code === PROXY_REFUSED) throw lost;
          return patient(lost);
        }
        if (answer.status === 429) return patient(failed('too many requests', 'THROTTLED'));
        if (answer.status >= 500) return patient(failed(`the answer was ${answer.status}`, 'PROVIDER_DOWN'));
        if (answer.status >= 300 && answer.status < 400)
          throw failed(
            `it sends on to ${answer.headers.get('location') ?? 'nowhere'}, which is not followed`,
            'PROVIDER',
          );
        if (!answer.ok)
          throw failed(`the answer was ${answer.status}: ${text.slice(0, 200)}`, KINDS[answer.status] ?? 'PROVIDER');
        try {
          return { done: true, value: JSON.parse(text) as T };
        } catch (error) {
          throw failed('the answer is no JSON', 'PROVIDER', error);
        }
      },
      { clock, what: doing, timeoutMs: PATIENCE_MS, intervalMs: 1000, maxMs: 10_000, signal },
    );
  } catch (error) {
    throw (error as { code?: string }).code === 'DEADLINE' ? last : error;
  }
}

/** Says of each page whether it was read before: a list that leads back to itself would never end. */
export function neverTwice(provider: string, doing: string): (page: string) => void {
  const seen = new Set<string>();
  return (page) => {
    if (seen.has(page))
      throw new ProviderError(`${doing} failed: the list leads back to a page that was read before`, {
        provider,
        code: 'PROVIDER',
      });
    seen.add(page);
  };
}
