import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Clock } from '../../core/clock.js';
import { FanopsError, messageOf } from '../../core/errors.js';
import { waitFor } from '../../core/wait.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { codeOf, kindOf } from './errors.js';

/** How long a call is repeated while AWS throttles it. The SDK itself gives up after some seconds. */
const THROTTLED_MS = 60_000;
/** Times that a list is begun anew because AWS does not know the token of its next page any more. */
const LIST_TRIES = 3;
const EXPIRED_TOKEN = [
  'InvalidNextToken',
  'InvalidPaginationToken',
  'InvalidNextTokenException',
  'ExpiredNextTokenException',
];

export interface Patience extends ProviderIo {
  clock: Clock;
  /** What AWS is to do, e.g. `to accept the request for app-1`. */
  what: string;
  /** Milliseconds; default: a minute. */
  timeoutMs?: number;
}

/**
 * Repeats a call while something passes by itself, with growing pauses and jitter.
 * @param passes what is seen when an error passes by itself, e.g. `the group is not known yet`; undefined for one that
 * does not
 * @throws the error itself, also the last one when the time is over
 */
export async function whilePassing<T>(
  { clock, what, timeoutMs = THROTTLED_MS, signal, progress }: Patience,
  passes: (error: unknown) => string | undefined,
  call: () => Promise<T>,
): Promise<T> {
  let last: unknown;
  try {
    return await waitFor(
      async () => {
        try {
          return { done: true, value: await call() };
        } catch (error) {
          const seen = passes(error);
          if (seen === undefined) throw error;
          last = error;
          return { done: false, seen };
        }
      },
      { clock, what: `AWS ${what}`, timeoutMs, intervalMs: 1000, maxMs: 20_000, signal, onWait: progress },
    );
  } catch (error) {
    throw error instanceof FanopsError && error.code === 'DEADLINE' && last !== undefined ? last : error;
  }
}

/** What is seen of a throttled call, which did nothing. */
export const throttled = (error: unknown): string | undefined =>
  kindOf(error) === 'THROTTLED' ? 'AWS answers too many requests' : undefined;

/**
 * Lets each call of a client be repeated while it is throttled, below the SDK's own tries, which are for what else may
 * pass.
 */
export function waitOutThrottling(client: EC2Client, clock: Clock): void {
  const middleware =
    <Args, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      try {
        return await whilePassing({ clock, what: 'to answer' }, throttled, () => next(args));
      } catch (error) {
        if (throttled(error) === undefined) throw error;
        // Under its own name, or as a cause, the SDK would try again what was tried long enough.
        throw Object.assign(new Error(messageOf(error)), { Code: codeOf(error) });
      }
    };
  client.middlewareStack.addRelativeTo(middleware, {
    name: 'waitOutThrottling',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}

/**
 * All things of a list in pages. One whose next page AWS does not know any more is begun anew.
 * @throws what a page failed with; an error with the code `RepeatedNextToken` for a list that leads back to a page that
 * was read before
 */
export async function itemsOf<Page extends { NextToken?: string }, Item>(
  pages: () => AsyncIterable<Page>,
  of: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  for (let tried = 1; ; tried += 1) {
    try {
      const items: Item[] = [];
      const tokens = new Set<string>();
      for await (const page of pages()) {
        items.push(...(of(page) ?? []));
        if (page.NextToken === undefined) continue;
        if (tokens.has(page.NextToken))
          throw Object.assign(new Error('the list leads back to a page that was read before'), {
            Code: 'RepeatedNextToken',
          });
        tokens.add(page.NextToken);
      }
      return items;
    } catch (error) {
      if (!EXPIRED_TOKEN.includes(codeOf(error)) || tried === LIST_TRIES) throw error;
    }
  }
}
