import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueOptions } from '../config/host-json.js';
import { poisonQueueName } from './poison.js';

/** seconds: the fixed lease of a fetched message (specification 5.2) */
export const leaseSeconds = 600;
const renewMs = (leaseSeconds * 1000) / 2;
const renewAfterErrorMs = 60_000;

export interface MessageRunContext {
  queue: QueueClient;
  poisonQueue: (name: string) => Promise<QueueClient>;
  options: QueueOptions;
  /** Rejects when the function failed. */
  execute: (message: DequeuedMessageItem) => Promise<unknown>;
  /** True where trying again cannot help: the message goes to the poison queue at once. */
  isHopeless: (error: unknown) => boolean;
  log: (level: 'warning' | 'error', message: string) => void;
}

/** Runs one message and finishes it: delete, show again, or move to the poison queue (specification 5.3). */
export async function runMessage(context: MessageRunContext, message: DequeuedMessageItem): Promise<void> {
  const { queue, options, execute } = context;
  const receipt = { current: message.popReceipt };
  if (message.dequeueCount > options.maxDequeueCount) return toPoison(context, message, receipt.current);
  const stopRenewing = renewLease(context, message, receipt);
  let failure: unknown;
  try {
    await execute(message);
  } catch (error) {
    failure = error ?? new Error('unknown');
  } finally {
    await stopRenewing();
  }
  if (failure === undefined) return ignoreLost(queue.deleteMessage(message.messageId, receipt.current));
  if (message.dequeueCount >= options.maxDequeueCount || context.isHopeless(failure)) return toPoison(context, message, receipt.current);
  const again = Math.ceil(options.visibilityTimeout / 1000);
  return ignoreLost(queue.updateMessage(message.messageId, receipt.current, undefined, again));
}

async function toPoison(context: MessageRunContext, message: DequeuedMessageItem, receipt: string): Promise<void> {
  const name = poisonQueueName(context.queue.name);
  const { messageId, dequeueCount } = message;
  const from = context.queue.name;
  if (!name) return context.log('warning', `Message ${messageId} failed too often and '${from}' can have no poison queue.`);
  const poison = await context.poisonQueue(name);
  await poison.createIfNotExists();
  await poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
  context.log('warning', `Message ${messageId} of '${from}' was moved to '${name}' after ${dequeueCount} attempts.`);
  await ignoreLost(context.queue.deleteMessage(messageId, receipt));
}

/** Keeps the message invisible while the function runs. The returned function waits for a renewal that is under way. */
function renewLease(context: MessageRunContext, message: DequeuedMessageItem, receipt: { current: string }): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let renewal: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    try {
      const updated = await context.queue.updateMessage(message.messageId, receipt.current, undefined, leaseSeconds);
      receipt.current = updated.popReceipt ?? receipt.current;
      schedule(renewMs);
    } catch (error) {
      context.log('warning', `The lease of message ${message.messageId} could not be renewed: ${(error as Error).message}`);
      schedule(renewAfterErrorMs);
    }
  };
  const schedule = (ms: number): void => {
    timer = setTimeout(() => {
      renewal = renew();
    }, ms);
  };
  schedule(renewMs);
  return async () => {
    clearTimeout(timer);
    await renewal;
    clearTimeout(timer);
  };
}

/** Another reader took the message over, or it is gone: nothing is left to finish (specification 5.3). */
async function ignoreLost(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (statusCode !== 404 && code !== 'PopReceiptMismatch') throw error;
  }
}
