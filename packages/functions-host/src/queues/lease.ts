import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';

const longestAfterErrorMs = 60_000;

interface LeaseContext {
  queue: QueueClient;
  leaseSeconds: number;
  log: (level: 'warning', message: string) => void;
}

/**
 * Keeps a message hidden while its function runs: renewed at half its time, after an error within a minute
 * (specification 5.2).
 */
export function renewLease(
  { queue, leaseSeconds, log }: LeaseContext,
  message: DequeuedMessageItem,
): { stop: () => Promise<string> } {
  const renewMs = (leaseSeconds * 1000) / 2;
  let receipt = message.popReceipt;
  let stopped = false;
  let timer: NodeJS.Timeout;
  let renewal: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    try {
      receipt = (await queue.updateMessage(message.messageId, receipt, undefined, leaseSeconds)).popReceipt ?? receipt;
      schedule(renewMs);
    } catch (error) {
      log('warning', `The lease of message ${message.messageId} could not be renewed: ${(error as Error).message}`);
      schedule(Math.min(renewMs, longestAfterErrorMs));
    }
  };
  const schedule = (ms: number): void => {
    if (!stopped) timer = setTimeout(() => (renewal = renew()), ms);
  };
  schedule(renewMs);
  return {
    /** Waits for a renewal that is under way; resolves with the pop receipt that holds now. */
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await renewal;
      return receipt;
    },
  };
}
