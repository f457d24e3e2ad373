import type { QueueClient } from '@azure/storage-queue';
import { storageConnection } from '../config/storage-connection.js';
import type { HostedFunction } from '../functions/function-table.js';
import type { BlobContext } from './context.js';
import { blobMessage } from './message.js';
import { blobPattern, type BlobPattern } from './pattern.js';
import { BlobReceipts } from './receipts.js';
import { scanMark } from './scan-mark.js';
import { ContainerScanner, type WatchingFunction } from './scanner.js';

/** Scans all containers of blob functions every 10 s in the one process that has the right to (specification 6). */
export class ScanLoop {
  #stop = new AbortController();
  #loop?: Promise<void>;
  #wake: () => void = () => undefined;
  #lastProblem?: string;

  constructor(
    private readonly functions: HostedFunction[],
    private readonly context: BlobContext,
  ) {}

  start(queue: QueueClient): void {
    this.#loop = this.#run(queue);
  }

  /** Scans at once: a blob was written by this process, or changed before its function ran. */
  wake(): void {
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
  }

  async #run(queue: QueueClient): Promise<void> {
    const { singleton, blobs } = this.context;
    const { signal } = this.#stop;
    const unsubscribe = blobs.onWrite(() => this.#wake());
    let scanners: ContainerScanner[] | undefined;
    while (!signal.aborted) {
      try {
        if (!(await singleton.isHeld())) {
          scanners = undefined;
          if (!(await singleton.acquire(signal))) break;
        }
        scanners ??= await this.#scanners(queue);
        let count = 0;
        for (const scanner of scanners) count += await scanner.run(signal);
        if (count > 0) this.context.queues.wrote(queue.url);
        this.#lastProblem = undefined;
      } catch (error) {
        if (!signal.aborted) this.#report(error as Error & { code?: string });
      }
      await this.#pause();
    }
    unsubscribe();
  }

  /** One for each container, with all functions that watch it. */
  async #scanners(queue: QueueClient): Promise<ContainerScanner[]> {
    const { blobs, env, storage } = this.context;
    const receipts = new BlobReceipts(storage);
    await queue.createIfNotExists({ abortSignal: this.#stop.signal });
    const watched = new Map<string, { connection: string; pattern: BlobPattern; functions: WatchingFunction[] }>();
    for (const { name, triggerBinding } of this.functions) {
      const connection = storageConnection(triggerBinding.connection, env);
      const pattern = blobPattern(triggerBinding.path);
      const key = `${pattern.container} ${connection}`;
      const entry = watched.get(key) ?? { connection, pattern, functions: [] };
      entry.functions.push({ name, pattern });
      watched.set(key, entry);
    }
    return Promise.all(
      [...watched.values()].map(async ({ connection, pattern, functions }) => {
        const container = await blobs.container(connection, pattern.container);
        return new ContainerScanner({
          container,
          functions,
          receipts,
          mark: scanMark(storage, container.accountName, pattern.container),
          handOn: async (fn, blob, etag) => {
            const message = blobMessage(
              fn.name,
              blob.properties.blobType,
              { container: pattern.container, name: blob.name },
              etag,
            );
            await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), { messageTimeToLive: -1 });
          },
        });
      }),
    );
  }

  #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.context.scanEvery);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Each kind of problem once, until a scan succeeds. */
  #report(error: Error & { code?: string }): void {
    const problem = error.code ?? error.message;
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    this.context.log({
      level: 'error',
      category: 'Host.Blobs',
      message: `The containers of blob triggers cannot be scanned: ${problem}`,
    });
  }
}
