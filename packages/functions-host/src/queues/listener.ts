import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueOptions } from '../config/host-json.js';
import { Backoff } from './backoff.js';
import { runMessage, type MessageRunContext } from './message-run.js';

export interface ListenerContext extends MessageRunContext {
  options: Omit<QueueOptions, 'messageEncoding'>;
  /** Registers a wake-up for writes of this process; returns the way to end it. */
  onWrite: (wake: () => void) => () => void;
}

/** Polls one queue for one function (specification 5.2). Never creates the queue; a missing one only backs off. */
export class QueueListener {
  #stop = new AbortController();
  #running = new Set<Promise<void>>();
  #loop?: Promise<void>;
  #wake: () => void = () => undefined;
  #lastProblem?: string;

  constructor(private readonly context: ListenerContext) {}

  start(): void {
    this.#loop = this.#poll();
  }

  /** Stops fetching; messages that are running still complete (specification 5.3). */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    const { options } = this.context;
    const backoff = new Backoff(options.maxPollingInterval);
    const unsubscribe = this.context.onWrite(() => this.#wake());
    while (!this.#stop.signal.aborted) {
      const messages = await this.#fetch(this.context.queue);
      for (const message of messages) this.#begin(message);
      if (messages.length === 0) await this.#pause(backoff.next());
      else {
        backoff.reset();
        while (this.#running.size > options.newBatchThreshold) await Promise.race(this.#running);
      }
    }
    unsubscribe();
  }

  async #fetch(queue: QueueClient): Promise<DequeuedMessageItem[]> {
    try {
      const answer = await queue.receiveMessages({
        numberOfMessages: this.context.options.batchSize,
        visibilityTimeout: this.context.leaseSeconds,
        abortSignal: this.#stop.signal,
      });
      this.#lastProblem = undefined;
      return answer.receivedMessageItems;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#report(error as Error & { code?: string });
      return [];
    }
  }

  /** Each kind of problem once, until a poll succeeds. */
  #report(error: Error & { code?: string }): void {
    const problem = error.code ?? error.name;
    if (problem === this.#lastProblem) return;
    this.#lastProblem = problem;
    const missing = problem === 'QueueNotFound';
    const text = missing ? 'it does not exist (a trigger does not create it)' : `${problem} ${error.message}`;
    this.context.log(missing ? 'warning' : 'error', `The queue '${this.context.queue.name}' cannot be read: ${text}`);
  }

  #begin(message: DequeuedMessageItem): void {
    const run = runMessage(this.context, message)
      .catch((error: Error) =>
        this.context.log('error', `Message ${message.messageId} could not be finished: ${error.message}`),
      )
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
