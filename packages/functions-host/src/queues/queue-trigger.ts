import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { QueueOptions } from '../config/host-json.js';
import { storageConnection } from '../config/storage-connection.js';
import type { Env } from '../config/settings.js';
import type { HostedFunction } from '../functions/function-table.js';
import type { Invoker } from '../functions/invoker.js';
import { retryPolicy, withRetry } from '../functions/retry.js';
import type { Log } from '../log.js';
import { decodeMessage } from './codec.js';
import { QueueListener } from './listener.js';
import { messageData } from './message-data.js';
import type { QueueService } from './service.js';

export interface QueueContext {
  service: QueueService;
  invoker: Invoker;
  options: QueueOptions;
  env: Env;
  log: Log;
  /** Aborted when the host stops: no further retries then. */
  signal: AbortSignal;
}

class UndecodableMessageError extends Error {}

/** Puts a missing queue name or connection down as the function's error. */
export function checkQueue(fn: HostedFunction, env: Env): void {
  try {
    queueName(fn);
    storageConnection(fn.triggerBinding.connection, env);
  } catch (error) {
    fn.error = (error as Error).message;
  }
}

/** Builds the listener of a queue function; `start()` begins to poll. */
export async function queueListener(fn: HostedFunction, context: QueueContext): Promise<QueueListener> {
  const { service, options, env } = context;
  const connection = storageConnection(fn.triggerBinding.connection, env);
  const queue = await service.client(connection, queueName(fn));
  return new QueueListener({
    queue,
    options,
    poisonQueue: (name) => service.client(connection, name),
    execute: (message) => executeMessage(fn, context, message),
    isHopeless: (error) => error instanceof UndecodableMessageError,
    onWrite: (wake) => service.onWrite(queue.url, wake),
    log: (level, message) => context.log({ level, category: 'Host.Queues', function: fn.name, message }),
  });
}

/** The administrator's start with a text as the message. */
export async function runQueueByHand(fn: HostedFunction, context: QueueContext, input: string): Promise<void> {
  const now = new Date();
  const message = { messageId: '', popReceipt: '', dequeueCount: 0, insertedOn: now, expiresOn: now, nextVisibleOn: now, messageText: '' };
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
  const policy = retryPolicy(fn.registered.metadata);
  await withRetry(policy, (retryContext) => context.invoker.run(fn, { ...data, retryContext }), context.signal);
}

/** Queue names are lower case in the service (the extension lower-cases them). */
function queueName(fn: HostedFunction): string {
  const name = fn.triggerBinding.queueName;
  if (typeof name !== 'string' || !/^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/i.test(name)) {
    throw new Error(`the queue name "${String(name ?? '')}" is not valid: 3 to 63 letters, digits and single hyphens`);
  }
  return name.toLowerCase();
}
