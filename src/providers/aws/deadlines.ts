import type { EC2Client } from '@aws-sdk/client-ec2';
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { Agent as HttpsAgent } from 'node:https';
import { formatDuration } from '../../core/duration.js';
import { within } from '../../core/within.js';
import type { Deadlines } from '../contracts/deadlines.js';
import type { HttpAgent } from '../contracts/http-proxy.js';

/** Options of a client: a socket that does not come up or stays silent is given up. */
export const handlerOptions = ({ requestMs }: Deadlines, agent?: HttpAgent) => ({
  requestHandler: {
    // Through a proxy it is the agent that gives up and says so.
    connectionTimeout: Math.min(agent ? 15_000 : 5000, requestMs),
    ...(agent ? { httpAgent: agent, httpsAgent: agent as HttpsAgent } : {}),
    requestTimeout: requestMs,
    socketTimeout: requestMs,
    throwOnRequestTimeout: true,
  },
});

/**
 * Lets no request of a client, and no call with its repeats, take longer than its deadline, also when an answer
 * trickles; both obey the signal. A request that
 * is late is repeated by the SDK as one whose answer was lost.
 */
export function boundCalls(
  client: EC2Client | PricingClient,
  { requestMs, callMs }: Deadlines,
  signal?: AbortSignal,
): void {
  // The middlewares look at no input, so those of one client do for the other.
  const stack = client.middlewareStack as EC2Client['middlewareStack'];
  const bound =
    (ms: number, what: string, again: boolean) =>
    <Args, Output>(next: (args: Args) => Promise<Output>) =>
    (args: Args): Promise<Output> =>
      within(() => next(args), { ms, signal, late: () => late(what, ms, again) });
  stack.add(bound(callMs, 'call', false), { step: 'initialize', priority: 'high', name: 'boundCall' });
  stack.addRelativeTo(bound(requestMs, 'request', true), {
    name: 'boundRequest',
    relation: 'before',
    toMiddleware: 'deserializerMiddleware',
  });
}

interface Answer {
  statusCode: number;
  body: AsyncIterable<Uint8Array> | Uint8Array;
}

/**
 * Refuses an answer that is not the one of its action: of a page of some proxy on the way the SDK would make an empty
 * list, and hosts would be missing.
 */
export function refuseNonsense(client: EC2Client): void {
  const read =
    (next: (args: object) => Promise<{ response: unknown }>, { commandName = '' }: { commandName?: string }) =>
    async (args: object) => {
      const result = await next(args);
      const answer = result.response as Answer;
      if (answer.statusCode >= 300) return result;
      const body = answer.body instanceof Uint8Array ? answer.body : await bytesOf(answer.body);
      const wanted = `<${commandName.replace(/Command$/, '')}Response`;
      if (!Buffer.from(body.subarray(0, 1000)).includes(wanted)) {
        throw Object.assign(new Error('the answer is none of EC2: something on the way gave another one'), {
          Code: 'ForeignAnswer',
        });
      }
      answer.body = new Uint8Array(body);
      return result;
    };
  client.middlewareStack.addRelativeTo(read as never, {
    name: 'refuseNonsense',
    relation: 'after',
    toMiddleware: 'deserializerMiddleware',
  });
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// By the name the SDK knows whether to try again; by the code fanops knows the kind of the error.
const late = (what: string, ms: number, again: boolean): Error =>
  Object.assign(
    new Error(`no whole answer to the ${what} within ${formatDuration(ms)}`),
    again ? { name: 'TimeoutError' } : { Code: 'TimeoutError' },
  );
