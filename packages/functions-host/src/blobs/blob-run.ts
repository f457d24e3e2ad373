import type { BlobGetPropertiesResponse, ContainerClient } from '@azure/storage-blob';
import type { TypedData } from '../core/contract.js';
import { blobData } from './blob-input.js';
import type { BlobPath } from './path.js';

export interface BlobRunData {
  trigger: TypedData;
  triggerMetadata: Record<string, TypedData>;
  bindingData: Record<string, unknown>;
}

/**
 * What a function receives of a blob: its content, a Buffer unless it asks for text, and what is known of it
 * (specification 6, 8).
 */
export async function blobRunData(
  container: ContainerClient,
  path: BlobPath,
  properties: BlobGetPropertiesResponse,
  captures: Record<string, string>,
  dataType?: string,
): Promise<BlobRunData> {
  const blob = container.getBlobClient(path.name);
  const content = await blob.downloadToBuffer(0, undefined, { conditions: { ifMatch: properties.etag } });
  const name = `${path.container}/${path.name}`;
  const known = {
    BlobTrigger: name,
    Uri: blob.url,
    Properties: publicProperties(properties),
    Metadata: properties.metadata ?? {},
  };
  return {
    trigger: blobData(content, dataType ?? 'binary'),
    triggerMetadata: typed({ ...known, ...captures }),
    bindingData: { ...known, ...captures },
  };
}

/** The blob's properties by the names that .NET gives them. */
function publicProperties(p: BlobGetPropertiesResponse): Record<string, unknown> {
  return {
    LastModified: p.lastModified,
    CreatedOn: p.createdOn,
    Metadata: p.metadata ?? {},
    BlobType: p.blobType,
    ETag: p.etag,
    ContentLength: p.contentLength,
    ContentType: p.contentType,
    ContentHash: p.contentMD5 ? Buffer.from(p.contentMD5).toString('base64') : undefined,
    ContentEncoding: p.contentEncoding,
    ContentLanguage: p.contentLanguage,
    ContentDisposition: p.contentDisposition,
    CacheControl: p.cacheControl,
    LeaseState: p.leaseState,
    LeaseStatus: p.leaseStatus,
    AccessTier: p.accessTier,
    VersionId: p.versionId,
  };
}

function typed(values: Record<string, unknown>): Record<string, TypedData> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );
}
