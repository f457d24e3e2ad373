import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { QueueOptions } from '../config/host-json.js';
import type { RetryPolicy } from '../config/retry-options.js';
import { storageConnection } from '../config/storage-connection.js';
import type { Env } from '../config/settings.js';
import type { HostedFunction } from '../functions/function-table.js';
import type { Invoker } from '../functions/invoker.js';
import { retryPolicy, withRetry } from '../functions/retry.js';
import type { Log } from '../log.js';
import { decodeMessage } from './codec.js';
import { QueueListener } from './listener.js';
import { messageData } from './message-data.js';
import { poisonQueueName } from './poison.js';
import { queueName } from './queue-name.js';
import type { QueueService } from './service.js';

export interface QueueContext {
  service: QueueService;
  invoker: Pick<Invoker, 'run'>;
  options: QueueOptions;
  /**
   * How long a fetched message stays hidden from others: 600 (specification 5.2) unless FANOPS_QUEUE_LEASE_SECONDS says
   * otherwise.
   */
  leaseSeconds: number;
  /** Of host.json, for functions without a policy. */
  retry?: RetryPolicy;
  env: Env;
  log: Log;
  /** Aborted when the host stops: no further retries then. */
  signal: AbortSignal;
}

class UndecodableMessageError extends Error {}

/** Builds the listener of a queue function; `start()` begins to poll. */
export async function queueListener(fn: HostedFunction, context: QueueContext): Promise<QueueListener> {
  const { service, options, env } = context;
  const connection = storageConnection(fn.triggerBinding.connection, env);
  const name = queueName(fn.triggerBinding.queueName);
  const poison = poisonQueueName(name);
  const queue = await service.client(connection, name);
  return new QueueListener({
    queue,
    options,
    leaseSeconds: context.leaseSeconds,
    poisonQueue: poison === undefined ? undefined : await service.client(connection, poison),
    execute: (message) => executeMessage(fn, context, message),
    isHopeless: (error) => error instanceof UndecodableMessageError,
    onWrite: (wake) => service.onWrite(queue.url, wake),
    log: (level, message) => context.log({ level, category: 'Host.Queues', function: fn.name, message }),
  });
}

/** The administrator's start with a text as the message. */
export async function runQueueByHand(fn: HostedFunction, context: QueueContext, input: string): Promise<void> {
  const now = new Date();
  const message = {
    messageId: '',
    popReceipt: '',
    dequeueCount: 0,
    insertedOn: now,
    expiresOn: now,
    nextVisibleOn: now,
    messageText: '',
  };
  await context.invoker.run(fn, messageData(message, Buffer.from(input), fn.triggerBinding.dataType));
}

async function executeMessage(fn: HostedFunction, context: QueueContext, message: DequeuedMessageItem): Promise<void> {
  let body: Buffer;
  try {
    body = decodeMessage(message.messageText, context.options.messageEncoding);
  } catch (error) {
    const text = `Message ${message.messageId}: ${(error as Error).message}`;
    context.log({ level: 'error', category: 'Host.Queues', function: fn.name, message: text });
    throw new UndecodableMessageError();
  }
  const data = messageData(message, body, fn.triggerBinding.dataType);
  await withRetry(
    retryPolicy(fn, context.retry),
    (retryContext) => context.invoker.run(fn, { ...data, retryContext }),
    context.signal,
  );
}
