import { functionId } from '../singletons/host-storage.js';
import type { BlobPath } from './path.js';

/** What waits in the queue between the scan and the run, in the form of Azure's host. */
export interface BlobMessage {
  Type: 'BlobTrigger';
  /** `Host.Functions.NAME` */
  FunctionId: string;
  BlobType: string;
  ContainerName: string;
  BlobName: string;
  /** With quotes. */
  ETag: string;
}

export const blobPoisonQueue = 'webjobs-blobtrigger-poison';

export function blobQueue(hostId: string): string {
  return `azure-webjobs-blobtrigger-${hostId}`;
}

export function blobMessage(
  functionName: string,
  blobType: string | undefined,
  { container, name }: BlobPath,
  etag: string,
): BlobMessage {
  const id = functionId(functionName);
  return {
    Type: 'BlobTrigger',
    FunctionId: id,
    BlobType: blobType ?? 'BlockBlob',
    ContainerName: container,
    BlobName: name,
    ETag: etag,
  };
}

/** Throws where the text is no such message. */
export function parseBlobMessage(text: string): BlobMessage {
  const message = JSON.parse(text) as Partial<BlobMessage>;
  if (!message.FunctionId || !message.ContainerName || !message.BlobName)
    throw new Error('it is not the message of a blob trigger');
  return message as BlobMessage;
}
