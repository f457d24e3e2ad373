import { createHash, randomUUID } from 'node:crypto';
import type { protos } from '@google-cloud/compute';
import type { Clock } from '../../core/clock.js';
import { waitFor, type Poll } from '../../core/wait.js';
import { ProviderError } from '../contracts/errors.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import { isSettling, kindOf, operationError, providerError, statusError } from './errors.js';
import type { GcpClients, GcpConfig, GcpSdk } from './sdk.js';

type Operation = protos.google.cloud.compute.v1.IOperation;

const DONE_MS = 5 * 60_000;
const THROTTLED_MS = 2 * 60_000;
const PAUSES = { intervalMs: 500, maxMs: 5000 };

/** A UUID from a text: Compute Engine does a request with the same id once. */
export function requestId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Warnings that say that a list is not complete:
 * https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList
 */
const INCOMPLETE = ['UNREACHABLE', 'PARTIAL_SUCCESS'];

/** What a page of a list is in the SDK: its things, the request for the next page, the whole answer. */
type Page<Item> = [
  Item[] | null | undefined,
  unknown,
  ({
    kind?: string | null;
    nextPageToken?: string | null;
    warning?: { code?: unknown; message?: string | null } | null;
  } | null)?,
  ...unknown[],
];

/** The last part of a URL: zones, regions and types are told as URLs. */
export const lastSegment = (url: string | null | undefined): string => (url ?? '').split('/').at(-1) ?? '';

/**
 * Calls of Compute Engine with its habits: throttling that the SDK does not repeat, operations that end with an error
 * inside.
 */
export class GcpCalls {
  constructor(
    readonly config: GcpConfig,
    private readonly sdk: GcpSdk,
    readonly clock: Clock,
  ) {}

  clients(): Promise<GcpClients> {
    return this.sdk.clients();
  }

  /** The headers that carry the login to another API. */
  headers(scope: string): Promise<Record<string, string>> {
    return this.sdk.headers(scope);
  }

  /** Runs a call; a throttled one is repeated for a while. Undefined for a thing that is not there. */
  async look<T>(doing: string, call: (clients: GcpClients) => Promise<T>, io: ProviderIo = {}): Promise<T | undefined> {
    try {
      return await this.call(doing, call, io);
    } catch (error) {
      if (kindOf(error) === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  /**
   * Runs a call; a throttled one, and one that meets a thing on its way between two states, is repeated for a while.
   * @throws ProviderError.
   */
  async call<T>(doing: string, call: (clients: GcpClients) => Promise<T>, io: ProviderIo = {}): Promise<T> {
    const clients = await this.clients();
    let last: unknown;
    try {
      return await waitFor(
        async (): Promise<Poll<T>> => {
          try {
            return { done: true, value: await call(clients) };
          } catch (error) {
            if (this.sdk.signal?.aborted) throw this.sdk.signal.reason;
            const settling = isSettling(error);
            if (!settling && kindOf(error) !== 'THROTTLED') throw providerError(error, doing);
            last = error;
            return { done: false, seen: settling ? 'it is not ready yet' : 'too many requests' };
          }
        },
        {
          clock: this.clock,
          what: `Google Cloud to accept ${doing}`,
          timeoutMs: THROTTLED_MS,
          intervalMs: 1000,
          maxMs: 20_000,
          signal: io.signal ?? this.sdk.signal,
          onWait: io.progress,
        },
      );
    } catch (error) {
      throw (error as { code?: string }).code === 'DEADLINE' ? providerError(last, doing) : error;
    }
  }

  /**
   * All things of a list, page by page, also past an empty one.
   * @param page asks for a page; with `autoPaginate: false`, as else the SDK drops what a page warns of
   * @throws ProviderError, code PROVIDER_DOWN, when a page says that a part of the list could not be reached
   */
  async all<Item>(
    doing: string,
    page: (clients: GcpClients, pageToken: string | undefined) => Promise<Page<Item>>,
  ): Promise<Item[]> {
    const found: Item[] = [];
    for (let token: string | undefined; ;) {
      const [items, , answer] = await this.call(doing, (clients) => page(clients, token));
      const { code, message } = answer?.warning ?? {};
      if (INCOMPLETE.includes(String(code))) {
        throw new ProviderError(`Google Cloud: ${doing} is not complete: ${message ?? 'a part could not be reached'}`, {
          provider: 'gcp',
          code: 'PROVIDER_DOWN',
          original: String(code),
          hint: 'Try again.',
        });
      }
      if (!answer?.kind && !items?.length && !answer?.nextPageToken) {
        throw new ProviderError(`Google Cloud: ${doing} failed: the answer is no list.`, {
          provider: 'gcp',
          code: 'PROVIDER',
          original: 'ForeignAnswer',
        });
      }
      found.push(...(items ?? []));
      if (!answer?.nextPageToken) return found;
      token = answer.nextPageToken;
    }
  }

  /**
   * Starts something with a call that gives an operation, and waits for its end.
   * A lost answer leaves open whether it was done: the call is repeated with the same request id, which does nothing
   * twice.
   * @param call is given a request id that is the same for every try
   */
  async change(
    doing: string,
    call: (clients: GcpClients, requestId: string) => Promise<[{ latestResponse?: unknown }, ...unknown[]]>,
    io: ProviderIo = {},
  ): Promise<void> {
    const id = randomUUID();
    for (let tried = 1; ; tried += 1) {
      try {
        const [answer] = await this.call(doing, (clients) => call(clients, id), io);
        return await this.#done(doing, answer.latestResponse as Operation, io);
      } catch (error) {
        if (kindOf(error) !== 'PROVIDER_DOWN' || tried === 3) throw error;
        io.progress?.(`the answer of ${doing} was lost; asking again`);
        await this.clock.sleep(500 * tried, io.signal);
      }
    }
  }

  /** As `change`, for what takes something away: what is not there any more is away. */
  async takeAway(
    doing: string,
    call: (clients: GcpClients, requestId: string) => Promise<[{ latestResponse?: unknown }, ...unknown[]]>,
    io: ProviderIo = {},
  ): Promise<void> {
    try {
      await this.change(doing, call, io);
    } catch (error) {
      if (kindOf(error) !== 'NOT_FOUND') throw error;
    }
  }

  /** Waits until an operation is done; an operation can end well by its status and hold an error all the same. */
  async #done(doing: string, started: Operation, io: ProviderIo): Promise<void> {
    let operation = started;
    await waitFor(
      async (): Promise<Poll<undefined>> => {
        if (String(operation.status) === 'DONE') return { done: true, value: undefined };
        // An operation that was just started may be unknown for a moment.
        operation =
          (await this.look(`${doing}, looking at its operation`, (clients) => this.#read(clients, operation), io)) ??
          operation;
        return String(operation.status) === 'DONE'
          ? { done: true, value: undefined }
          : { done: false, seen: `${operation.status}, ${operation.progress ?? 0} %` };
      },
      { clock: this.clock, what: doing, timeoutMs: DONE_MS, ...PAUSES, signal: io.signal, onWait: io.progress },
    );
    for (const { message } of operation.warnings ?? [])
      if (message) io.progress?.(`Google Cloud warns of ${doing}: ${message}`);
    const [error] = operation.error?.errors ?? [];
    if (error) throw operationError(error.code ?? 'unknown', error.message ?? '', doing);
    const status = operation.httpErrorStatusCode ?? 0;
    if (status >= 400) throw statusError(status, operation.httpErrorMessage ?? '', doing);
  }

  async #read(clients: GcpClients, { name, zone, region }: Operation): Promise<Operation> {
    const { project } = this.config;
    const operation = name ?? '';
    if (zone) return (await clients.zoneOperations.get({ project, zone: lastSegment(zone), operation }))[0];
    if (region) return (await clients.regionOperations.get({ project, region: lastSegment(region), operation }))[0];
    return (await clients.globalOperations.get({ project, operation }))[0];
  }
}
