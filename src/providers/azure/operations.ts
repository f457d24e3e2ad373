import { waitFor, type Poll } from '../../core/wait.js';
import type { ProviderIo } from '../contracts/provider-io.js';
import type { AzureCalls, CallOptions } from './calls.js';
import { kindOf, operationError, providerError } from './errors.js';
import { pathOf } from './operation-answers.js';
import type { AzureClients, Poller } from './sdk.js';

const DONE_MS = 20 * 60_000;
/** Between polls, besides what Azure asks for. */
const PAUSES = { intervalMs: 500, maxMs: 3000 };
const UNKNOWN_TRIES = 4;

/** Something that the Resource Manager does in a long-running operation. */
export interface Change {
  service: keyof AzureClients;
  /** What it does, also the name under which its state is kept: `making app-1`. */
  doing: string;
  start(clients: AzureClients, options: CallOptions): Poller;
  /** It concerns things that were just made or removed. */
  settling?: boolean;
}

/** Whether an earlier try left the state of this operation. */
export const isKept = (doing: string, io: ProviderIo): boolean => keptState(doing, io) !== undefined;

/**
 * Starts an operation, or goes on with the one that an earlier try of the step left, and waits for its end.
 * An operation that Azure does not know any more is started again, so `start` must do nothing twice.
 */
export async function carryOut(calls: AzureCalls, change: Change, io: ProviderIo = {}): Promise<void> {
  const kept = keptState(change.doing, io);
  if (kept !== undefined) {
    try {
      return await follow(calls, change, kept, io);
    } catch (error) {
      if (kindOf(error) !== 'NOT_FOUND') throw error;
    }
  }
  const { state, done } = await calls.call(
    change.doing,
    async (clients, options) => {
      const poller = change.start(clients, options);
      await poller.submitted();
      return { state: await poller.serialize(), done: poller.isDone };
    },
    io,
    change.settling,
  );
  if (done) return;
  await io.keep?.(JSON.stringify({ doing: change.doing, state }));
  await follow(calls, change, state, io);
}

/**
 * Polls until the end. A poller that met an error is of no use any more: another one goes on from the last good state.
 */
async function follow(calls: AzureCalls, { service, doing }: Change, kept: string, io: ProviderIo): Promise<void> {
  const { sdk, clock } = calls;
  const patience = calls.patience(false);
  let { poller } = await sdk.restore(service, kept);
  let state = kept;
  let unknown = 0;
  const seenOf = (error: unknown): string | undefined => {
    // The address of an operation may be unknown for a moment.
    if (kindOf(error) === 'NOT_FOUND') return (unknown += 1) < UNKNOWN_TRIES ? 'not known yet' : undefined;
    return patience(error);
  };
  await waitFor(
    async (): Promise<Poll<undefined>> => {
      const path = pollPath(state);
      let seen = 'in progress';
      try {
        await poller.poll({ abortSignal: io.signal });
        state = await poller.serialize();
        if (poller.isDone) return { done: true, value: undefined };
      } catch (error) {
        if (io.signal?.aborted) throw io.signal.reason;
        const failure = sdk.answers.get(path)?.failure;
        if (failure) {
          // A later try starts anew.
          await io.keep?.('');
          throw operationError(failure, doing);
        }
        const passing = seenOf(error);
        if (passing === undefined) throw providerError(error, doing);
        seen = passing;
        ({ poller } = await sdk.restore(service, state));
      }
      await clock.sleep(sdk.answers.get(path)?.retryAfterMs ?? 0, io.signal);
      return { done: false, seen };
    },
    { clock, what: doing, timeoutMs: DONE_MS, ...PAUSES, signal: io.signal, onWait: io.progress },
  );
  sdk.answers.delete(pollPath(state));
}

function pollPath(state: string): string {
  const { operationLocation = '' } = (JSON.parse(state) as { state: { config: { operationLocation?: string } } }).state
    .config;
  return URL.canParse(operationLocation) ? pathOf(operationLocation) : operationLocation;
}

function keptState(doing: string, { resume }: ProviderIo): string | undefined {
  if (!resume) return undefined;
  try {
    const kept = JSON.parse(resume) as { doing?: string; state?: string };
    return kept.doing === doing && kept.state !== undefined && pollPath(kept.state) ? kept.state : undefined;
  } catch {
    return undefined; // written by something else: the operation is looked into anew
  }
}
