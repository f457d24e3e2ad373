import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueOptions } from '../config/host-json.js';
import { renewLease } from './lease.js';

export interface MessageRunContext {
  queue: QueueClient;
  /** Undefined where the queue can have no poison queue. */
  poisonQueue?: QueueClient;
  options: Pick<QueueOptions, 'maxDequeueCount' | 'visibilityTimeout'>;
  /** How long a fetched message stays hidden from others. */
  leaseSeconds: number;
  /** Rejects when the function failed. */
  execute: (message: DequeuedMessageItem) => Promise<unknown>;
  /** True where trying again cannot help: the message goes to the poison queue at once. */
  isHopeless: (error: unknown) => boolean;
  log: (level: 'warning' | 'error', message: string) => void;
}

/** Runs one message and finishes it: delete, show again, or move to the poison queue (specification 5.3). */
export async function runMessage(context: MessageRunContext, message: DequeuedMessageItem): Promise<void> {
  const { queue, options, execute } = context;
  if (message.dequeueCount > options.maxDequeueCount) return toPoison(context, message, message.popReceipt);
  const lease = renewLease(context, message);
  let failure: unknown;
  try {
    await execute(message);
  } catch (error) {
    failure = error ?? new Error('unknown');
  }
  const receipt = await lease.stop();
  if (failure === undefined) return ignoreLost(queue.deleteMessage(message.messageId, receipt));
  if (message.dequeueCount >= options.maxDequeueCount || context.isHopeless(failure))
    return toPoison(context, message, receipt);
  const again = Math.ceil(options.visibilityTimeout / 1000);
  return ignoreLost(queue.updateMessage(message.messageId, receipt, undefined, again));
}

async function toPoison(
  { queue, poisonQueue, log }: MessageRunContext,
  message: DequeuedMessageItem,
  receipt: string,
): Promise<void> {
  const { messageId, dequeueCount } = message;
  if (!poisonQueue)
    return log('warning', `Message ${messageId} failed too often and '${queue.name}' can have no poison queue.`);
  await poisonQueue.createIfNotExists();
  await poisonQueue.sendMessage(message.messageText, { messageTimeToLive: -1 });
  log(
    'warning',
    `Message ${messageId} of '${queue.name}' was moved to '${poisonQueue.name}' after ${dequeueCount} attempts.`,
  );
  await ignoreLost(queue.deleteMessage(messageId, receipt));
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
