import type { BlobGetPropertiesResponse, ContainerClient } from '@azure/storage-blob';
import { storageConnection } from '../config/storage-connection.js';
import type { HostedFunction } from '../functions/function-table.js';
import { retryPolicy, withRetry } from '../functions/retry.js';
import { QueueListener } from '../queues/listener.js';
import { functionId } from '../singletons/host-storage.js';
import { blobRunData, type BlobRunData } from './blob-run.js';
import type { BlobContext } from './context.js';
import { blobPoisonQueue, blobQueue, parseBlobMessage } from './message.js';
import { splitBlobPath, type BlobPath } from './path.js';
import { blobPattern } from './pattern.js';
import { quotedEtag } from './receipts.js';
import { ScanLoop } from './scan-loop.js';
import { isNotFound } from './service.js';

const maxBatch = 32;

/**
 * Runs the blob functions as Azure's host does (specification 6): one process of all scans and puts what is new into a
 * queue, every
 * process takes from there. Five tries, then the poison queue.
 */
export class BlobTriggers {
  #listener?: QueueListener;
  #loop: ScanLoop;

  constructor(
    private readonly functions: HostedFunction[],
    private readonly context: BlobContext,
  ) {
    this.#loop = new ScanLoop(functions, context);
  }

  async start(): Promise<void> {
    const { queues, storage, options, leaseSeconds, log, signal } = this.context;
    const queue = await queues.client(storage.connection, blobQueue(storage.hostId));
    await queue.createIfNotExists({ abortSignal: signal }).catch((error: Error) => {
      log({
        level: 'warning',
        category: 'Host.Blobs',
        message: `The scan will make the queue later: ${error.message}`,
      });
    });
    const half = Math.max(1, Math.floor(options.maxDegreeOfParallelism / 2));
    this.#listener = new QueueListener({
      queue,
      leaseSeconds,
      poisonQueue: await queues.client(storage.connection, blobPoisonQueue),
      options: {
        batchSize: Math.min(maxBatch, half),
        newBatchThreshold: Math.floor(options.maxDegreeOfParallelism / 2),
        maxPollingInterval: 2000,
        maxDequeueCount: options.poisonBlobThreshold,
        visibilityTimeout: 0,
      },
      execute: (message) => this.#execute(Buffer.from(message.messageText, 'base64').toString('utf8')),
      isHopeless: () => false,
      onWrite: (wake) => queues.onWrite(queue.url, wake),
      log: (level, message) => log({ level, category: 'Host.Blobs', message }),
    });
    if (signal.aborted) return;
    this.#listener.start();
    this.#loop.start(queue);
  }

  /** Lets runs that are under way end. */
  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#listener?.stop()]);
  }

  /** The administrator's start with `container/name` as the input. */
  async runByHand(fn: HostedFunction, input: string): Promise<void> {
    const path = splitBlobPath(input);
    const container = await this.#container(fn, path.container);
    await this.#run(
      fn,
      await this.#read(fn, container, path, await container.getBlobClient(path.name).getProperties()),
    );
  }

  async #execute(text: string): Promise<void> {
    const message = parseBlobMessage(text);
    const fn = this.functions.find(({ name }) => functionId(name).toLowerCase() === message.FunctionId.toLowerCase());
    if (!fn) return this.#skipped(message.BlobName, `'${message.FunctionId}' does not run here`);
    const container = await this.#container(fn, message.ContainerName);
    let data: BlobRunData;
    try {
      const properties = await container.getBlobClient(message.BlobName).getProperties();
      if (quotedEtag(properties.etag ?? '') !== quotedEtag(message.ETag)) return this.#loop.wake();
      data = await this.#read(fn, container, { container: message.ContainerName, name: message.BlobName }, properties);
    } catch (error) {
      if (isNotFound(error)) return this.#skipped(message.BlobName, 'it is not there any more');
      throw error;
    }
    await this.#run(fn, data);
  }

  #read(
    fn: HostedFunction,
    container: ContainerClient,
    path: BlobPath,
    properties: BlobGetPropertiesResponse,
  ): Promise<BlobRunData> {
    const captures = blobPattern(fn.triggerBinding.path).match(path.name) ?? {};
    return blobRunData(container, path, properties, captures, fn.triggerBinding.dataType);
  }

  async #run(fn: HostedFunction, data: BlobRunData): Promise<void> {
    const { invoker, retry, signal } = this.context;
    await withRetry(retryPolicy(fn, retry), (retryContext) => invoker.run(fn, { ...data, retryContext }), signal);
  }

  #container(fn: HostedFunction, name: string): Promise<ContainerClient> {
    return this.context.blobs.container(storageConnection(fn.triggerBinding.connection, this.context.env), name);
  }

  #skipped(blob: string, why: string): void {
    this.context.log({
      level: 'information',
      category: 'Host.Blobs',
      message: `The blob '${blob}' is passed over: ${why}.`,
    });
  }
}
