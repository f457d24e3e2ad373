import { storageConnection } from '../config/storage-connection.js';
import type { Env } from '../config/settings.js';
import type { HostedFunction } from '../functions/function-table.js';
import type { Family, Sample } from './exposition.js';

interface CountedQueue {
  getProperties(options: { abortSignal: AbortSignal }): Promise<{ approximateMessagesCount?: number }>;
}

/** The part of the queue service that is needed here. */
export interface QueueCounts {
  client(connection: string, name: string): Promise<CountedQueue>;
}

const freshMs = 5000;
const deadlineMs = 2000;

/** Reads how many messages wait in the queues that trigger functions; at most once in five seconds, whoever asks. */
export class QueueDepth {
  #read?: { at: number; family: Promise<Family> };

  constructor(
    private readonly functions: () => HostedFunction[],
    private readonly queues: QueueCounts,
    private readonly env: Env,
  ) {}

  family(): Promise<Family> {
    const now = performance.now();
    if (!this.#read || now - this.#read.at > freshMs) this.#read = { at: now, family: this.#count() };
    return this.#read.family;
  }

  async #count(): Promise<Family> {
    const triggered = this.functions().filter((fn) => fn.trigger === 'queue' && !fn.error);
    const samples = await Promise.all(triggered.map((fn) => this.#sample(fn)));
    return {
      name: 'fanops_queue_depth',
      type: 'gauge',
      help: 'Messages in the queue of a function, as the storage service estimates them.',
      samples: samples.flatMap((sample) => sample ?? []),
    };
  }

  async #sample(fn: HostedFunction): Promise<Sample | undefined> {
    const queue = String(fn.triggerBinding.queueName);
    try {
      const client = await this.queues.client(storageConnection(fn.triggerBinding.connection, this.env), queue);
      const { approximateMessagesCount } = await client.getProperties({ abortSignal: AbortSignal.timeout(deadlineMs) });
      return { labels: { function: fn.name, queue }, value: approximateMessagesCount ?? 0 };
    } catch {
      return undefined; // a queue that cannot be read has no depth; its listener logs why
    }
  }
}
