import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import type { BlobPattern } from './pattern.js';
import { quotedEtag, type BlobReceipts } from './receipts.js';
import type { ScanMark } from './scan-mark.js';
import { isNotFound } from './service.js';

export interface WatchingFunction {
  name: string;
  pattern: BlobPattern;
}

export interface ContainerScan {
  container: ContainerClient;
  functions: WatchingFunction[];
  receipts: BlobReceipts;
  mark: ScanMark;
  /** Hands one version of a blob on to the queue. */
  handOn: (fn: WatchingFunction, blob: BlobItem, etag: string) => Promise<void>;
}

/**
 * Finds the versions of blobs that were not handed on yet (specification 6). Only what was changed since the scan
 * before is looked
 * at; a receipt is written after a version was handed on, so that it may be handed on twice but never not at all.
 */
export class ContainerScanner {
  #latest?: Date;
  #known = false;

  constructor(private readonly scan: ContainerScan) {}

  /** Returns how many were handed on. A container that does not exist has none. */
  async run(signal: AbortSignal): Promise<number> {
    const { container, mark } = this.scan;
    if (!this.#known) this.#latest = await mark.read();
    this.#known = true;
    let latest = this.#latest;
    let count = 0;
    try {
      for await (const blob of container.listBlobsFlat({ abortSignal: signal })) {
        const { lastModified } = blob.properties;
        if (this.#latest && lastModified < this.#latest) continue;
        count += await this.#look(blob);
        if (!latest || lastModified > latest) latest = lastModified;
      }
    } catch (error) {
      if (isNotFound(error)) return 0;
      throw error;
    }
    if (latest && latest.getTime() !== this.#latest?.getTime()) await mark.write(latest);
    this.#latest = latest;
    return count;
  }

  async #look(blob: BlobItem): Promise<number> {
    const { functions, receipts, container, handOn } = this.scan;
    const etag = quotedEtag(blob.properties.etag);
    let count = 0;
    for (const fn of functions) {
      const path = { container: container.containerName, name: blob.name };
      if (!fn.pattern.match(blob.name) || (await receipts.has(fn.name, etag, path))) continue;
      await handOn(fn, blob, etag);
      await receipts.add(fn.name, etag, path);
      count++;
    }
    return count;
  }
}
