import type { ContainerClient } from '@azure/storage-blob';

const containerName = 'azure-webjobs-hosts';

/** The container in which Azure's host keeps what all instances of an app share: locks, timer status, blob receipts. */
export interface HostStorage {
  hostId: string;
  connection: string;
  container(): Promise<ContainerClient>;
}

/** Opens it at the first use; few retries, since those who use it try again themselves. */
export function hostStorage(connection: string, hostId: string): HostStorage {
  let container: Promise<ContainerClient> | undefined;
  const open = async (): Promise<ContainerClient> => {
    const { BlobServiceClient } = await import('@azure/storage-blob');
    const options = { retryOptions: { maxTries: 2, retryDelayInMs: 500, tryTimeoutInMs: 10_000 } };
    const client = serviceOf(() => BlobServiceClient.fromConnectionString(connection, options)).getContainerClient(
      containerName,
    );
    await client.createIfNotExists();
    return client;
  };
  return {
    hostId,
    connection,
    container: () =>
      (container ??= open().catch((error: Error) => {
        container = undefined;
        throw error;
      })),
  };
}

/** A connection string without blobs: it cannot serve for locks. */
export class NoBlobServiceError extends Error {
  override readonly name = 'NoBlobServiceError';
}

function serviceOf<T>(open: () => T): T {
  try {
    return open();
  } catch {
    // the SDK's message may quote the connection string
    throw new NoBlobServiceError('the connection string of AzureWebJobsStorage names no blob service');
  }
}

/** True where the account is an emulator on this machine that is not running: no other host can use it either. */
export function isMissingEmulator(connection: string, error: unknown): boolean {
  const local = /UseDevelopmentStorage=true|BlobEndpoint=https?:\/\/(127\.0\.0\.1|localhost|\[::1\])/i.test(connection);
  return local && (error as { code?: string }).code === 'ECONNREFUSED';
}

/** The name that Azure gives a function in locks, status and receipts. */
export function functionId(name: string): string {
  return `Host.Functions.${name}`;
}
