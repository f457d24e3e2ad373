import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';

/** Queue clients by connection string; the SDK is loaded at the first use only. Wakes listeners of this process. */
export class QueueService {
  #services = new Map<string, Promise<QueueServiceClient>>();
  #wakers = new Map<string, Set<() => void>>();

  async client(connection: string, queue: string): Promise<QueueClient> {
    const service = this.#services.get(connection) ?? loadService(connection);
    this.#services.set(connection, service);
    return (await service).getQueueClient(queue);
  }

  /** Calls `wake` whenever this process writes to that queue (specification 5.2). Returns the way to end it. */
  onWrite(url: string, wake: () => void): () => void {
    const wakers = this.#wakers.get(url) ?? new Set();
    this.#wakers.set(url, wakers.add(wake));
    return () => wakers.delete(wake);
  }

  wrote(url: string): void {
    for (const wake of this.#wakers.get(url) ?? []) wake();
  }
}

async function loadService(connection: string): Promise<QueueServiceClient> {
  const { QueueServiceClient } = await import('@azure/storage-queue');
  try {
    return QueueServiceClient.fromConnectionString(connection);
  } catch {
    // the SDK's message may quote the connection string
    throw new Error('The storage connection string is not valid.');
  }
}
