import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';

/**
 * Blob clients by connection string; the SDK is loaded at the first use only. Tells scanners of this process about
 * writes.
 */
export class BlobService {
  #services = new Map<string, Promise<BlobServiceClient>>();
  #watchers = new Set<(containerUrl: string) => void>();

  async container(connection: string, name: string): Promise<ContainerClient> {
    const service = this.#services.get(connection) ?? loadService(connection);
    this.#services.set(connection, service);
    return (await service).getContainerClient(name);
  }

  /** Calls `watch` whenever this process writes a blob. Returns the way to end it. */
  onWrite(watch: (containerUrl: string) => void): () => void {
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }

  wrote(containerUrl: string): void {
    for (const watch of this.#watchers) watch(containerUrl);
  }
}

async function loadService(connection: string): Promise<BlobServiceClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  try {
    return BlobServiceClient.fromConnectionString(connection);
  } catch {
    // the SDK's message may quote the connection string
    throw new Error('The storage connection string is not valid.');
  }
}

/** A container or blob that is not there. */
export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}
