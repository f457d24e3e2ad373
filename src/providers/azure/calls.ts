import type { Clock } from '../../core/clock.js';
import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { isBusy, isSettling, kindOf, providerError, retryAfterMs } from './errors.js';
import { RESOURCE_MANAGER, mayHaveLogin } from './own-hosts.js';
import type { AzureClients, AzureConfig, AzureSdk } from './sdk.js';

/** Longer than the three minutes for which Azure keeps the interface of a machine whose making failed. */
const PATIENCE_MS = 4 * 60_000;
/** How long a thing that was just made may be unknown to the next call, or one that was just removed be counted. */
const SETTLED_MS = 60_000;
/** How often a call whose answer was lost is sent. */
const TRIES = 4;

export interface CallOptions {
  abortSignal?: AbortSignal;
}
export type Call<T> = (clients: AzureClients, options: CallOptions) => Promise<T>;

/** A list of the SDK. */
interface Paged<T> {
  byPage(settings?: { continuationToken?: string }): AsyncIterator<T[] & { continuationToken?: string }>;
}

/**
 * Calls of the Resource Manager with its habits: throttling, other people's operations in progress, lost answers,
 * things not known yet.
 */
export class AzureCalls {
  constructor(
    readonly config: AzureConfig,
    readonly sdk: AzureSdk,
    readonly clock: Clock,
  ) {}

  /**
   * Runs a call; what passes by itself is waited out. All calls here may be repeated. `settling`: it concerns things
   * that were just made or removed. @throws ProviderError
   */
  async call<T>(doing: string, call: Call<T>, io: ProviderIo = {}, settling = false): Promise<T> {
    const clients = await this.sdk.clients();
    const signal = io.signal ?? this.sdk.signal;
    const patience = this.patience(settling);
    let last: unknown;
    try {
      return await waitFor(
        async (): Promise<Poll<T>> => {
          try {
            return { done: true, value: await call(clients, { abortSignal: signal }) };
          } catch (error) {
            if (signal?.aborted) throw signal.reason;
            const seen = patience(error);
            if (seen === undefined) throw providerError(error, doing);
            last = error;
            await this.clock.sleep(retryAfterMs(error), signal);
            return { done: false, seen };
          }
        },
        {
          clock: this.clock,
          what: `Azure to accept ${doing}`,
          timeoutMs: PATIENCE_MS,
          intervalMs: 500,
          maxMs: 10_000,
          signal,
          onWait: io.progress,
        },
      );
    } catch (error) {
      throw (error as { code?: string }).code === 'DEADLINE' ? providerError(last, doing) : error;
    }
  }

  /** Runs a call. Undefined for a thing that is not there. */
  async look<T>(doing: string, call: Call<T>, io?: ProviderIo): Promise<T | undefined> {
    try {
      return await this.call(doing, call, io);
    } catch (error) {
      if (kindOf(error) === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** All items of a list, page by page; none in a resource group that is not there. */
  async all<T>(doing: string, list: (clients: AzureClients) => Paged<T>, io?: ProviderIo): Promise<T[]> {
    const items: T[] = [];
    let continuationToken: string | undefined;
    do {
      const token = continuationToken;
      const page = await this.look(
        doing,
        async (clients) =>
          (await list(clients).byPage({ continuationToken: token }).next()).value as
            (T[] & { continuationToken?: string }) | undefined,
        io,
      );
      if (page !== undefined && !Array.isArray(page))
        throw new ProviderError(`Azure: ${doing} failed: the answer is no list.`, {
          provider: 'azure',
          code: 'PROVIDER',
          original: 'ForeignAnswer',
        });
      items.push(...(page ?? []));
      continuationToken = page?.continuationToken;
      if (continuationToken) this.#trust(doing, continuationToken);
    } while (continuationToken);
    return items;
  }

  /**
   * The SDK sends the login along to whatever address the next page is said to have: only the Resource Manager and its
   * regional hosts may get it.
   */
  #trust(doing: string, nextLink: string): void {
    const next = new URL(nextLink, this.config.endpoint ?? RESOURCE_MANAGER);
    if (mayHaveLogin(next, this.config.endpoint)) return;
    throw new ProviderError(
      `Azure: ${doing} failed: the next page is said to be on ${next.host}, to which the login is not sent.`,
      {
        provider: 'azure',
        code: 'PROVIDER',
        original: 'ForeignNextLink',
        hint:
          `Pages of ${new URL(this.config.endpoint ?? RESOURCE_MANAGER).host} are followed: ` +
          'check providers.azure.endpoint, and proxies on the way.',
      },
    );
  }

  /** Says of errors, one after the other, what is waited for; undefined for one that no waiting mends. */
  patience(settling: boolean): (error: unknown) => string | undefined {
    const seenBy = this.clock.now() + SETTLED_MS;
    let lost = 0;
    return (error) => {
      const kind = kindOf(error);
      if (kind === 'THROTTLED') return 'too many requests';
      if (isBusy(error)) return 'another operation is in progress';
      if (kind === 'PROVIDER_DOWN') return (lost += 1) < TRIES ? 'no answer' : undefined;
      return settling && isSettling(error) && this.clock.now() < seenBy ? 'not settled yet' : undefined;
    };
  }
}
