import { functionId, type HostStorage } from '../singletons/host-storage.js';
import type { BlobPath } from './path.js';

/**
 * What was handed on already: one empty blob for each version (etag) of a blob and function, below
 * `blobreceipts/HOSTID` in
 * azure-webjobs-hosts, where Azure's host has them too: what it handled before a migration is not handled again
 * (specification 6).
 */
export class BlobReceipts {
  constructor(private readonly storage: HostStorage) {}

  async has(functionName: string, etag: string, path: BlobPath): Promise<boolean> {
    const blob = await this.#blob(functionName, etag, path);
    try {
      const { metadata } = await blob.getProperties();
      return metadata?.incomplete === undefined; // Azure marks those so that it is still about to hand on
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return false;
      throw error;
    }
  }

  async add(functionName: string, etag: string, path: BlobPath): Promise<void> {
    await (await this.#blob(functionName, etag, path)).upload('', 0);
  }

  async #blob(functionName: string, etag: string, { container, name }: BlobPath) {
    const receipt = `blobreceipts/${this.storage.hostId}/${functionId(functionName)}/${etag}/${container}/${name}`;
    return (await this.storage.container()).getBlockBlobClient(receipt);
  }
}

/** An etag with its quotes, which some answers of the service have and others have not. */
export function quotedEtag(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}
