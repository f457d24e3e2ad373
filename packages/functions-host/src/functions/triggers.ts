import { checkStorageBindings } from '../bindings/check.js';
import { BlobTriggers } from '../blobs/blob-triggers.js';
import type { BlobContext } from '../blobs/context.js';
import type { RetryPolicy } from '../config/retry-options.js';
import type { Env } from '../config/settings.js';
import type { Log } from '../log.js';
import type { QueueListener } from '../queues/listener.js';
import { queueListener, runQueueByHand, type QueueContext } from '../queues/queue-trigger.js';
import { functionId } from '../singletons/host-storage.js';
import type { Singletons } from '../singletons/singletons.js';
import { checkSchedule, TimerTrigger, type TimerContext } from '../timers/timer-trigger.js';
import { putInError, type HostedFunction } from './function-table.js';
import { retryPolicy } from './retry.js';

export interface TriggersContext {
  timers: Omit<TimerContext, 'singleton'>;
  queues: QueueContext;
  /** Asked for only where there are blob triggers. */
  blobs: () => BlobContext;
  singletons: Singletons;
  retry?: RetryPolicy;
  env: Env;
  log: Log;
}

/** Everything that starts functions without a request: timers, queue listeners, blob scans. */
export class Triggers {
  #timers = new Map<string, TimerTrigger>();
  #listeners: QueueListener[] = [];
  #blobs?: BlobTriggers;
  #starting: Promise<unknown>[] = [];
  #stopped = false;

  /** Puts down what keeps functions from running. Starts nothing. */
  constructor(
    private readonly functions: HostedFunction[],
    private readonly context: TriggersContext,
  ) {
    for (const fn of functions.filter(({ error }) => !error)) {
      checkStorageBindings(fn, context.env);
      if (fn.trigger === 'timer') checkSchedule(fn);
      if (fn.trigger !== 'http') this.#checkRetry(fn);
    }
    for (const fn of this.#healthy('timer')) {
      this.#timers.set(
        fn.name,
        new TimerTrigger(fn, { ...context.timers, singleton: context.singletons.singleton(lockName(fn)) }),
      );
    }
    const blobs = this.#healthy('blob');
    if (blobs.length > 0)
      this.#blobs = new BlobTriggers(
        blobs.filter(({ disabled }) => !disabled),
        context.blobs(),
      );
  }

  /**
   * Queue listeners run in every process, timers and scans only where their lock is. Disabled functions do not start
   * (specification
   * 2.4). Returns at once: storage is connected to in the background.
   */
  start(): void {
    for (const fn of this.#healthy('queue')) if (!fn.disabled) this.#begin(fn.name, this.#startQueue(fn));
    if (this.#blobs && this.#healthy('blob').some(({ disabled }) => !disabled))
      this.#begin('blob triggers', this.#blobs.start());
    for (const fn of this.#healthy('timer')) if (!fn.disabled) this.#timers.get(fn.name)?.start();
  }

  /** Ends fetching and waiting; what runs is let finish. Then other processes may take over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#starting);
    await Promise.all([
      ...this.#listeners.map((listener) => listener.stop()),
      ...[...this.#timers.values()].map((timer) => timer.stop()),
      this.#blobs?.stop(),
    ]);
    await this.context.singletons.release();
  }

  /** Starts a function that is not HTTP, as the administrator's endpoint asks. Errors are in the log. */
  startByHand(name: string, input: string | undefined): void {
    const fn = this.functions.find((candidate) => candidate.name === name);
    if (!fn) return;
    const run =
      fn.trigger === 'queue'
        ? runQueueByHand(fn, this.context.queues, input ?? '')
        : fn.trigger === 'blob'
          ? this.#blobs?.runByHand(fn, input ?? '')
          : this.#timers.get(name)?.runByHand();
    run?.catch((error: Error) => this.#log('warning', fn.name, `The start by hand failed: ${error.message}`));
  }

  /** ms by which the newest scheduled run of a timer began too late; undefined where it did not run in this process. */
  timerLag(name: string): number | undefined {
    return this.#timers.get(name)?.lag;
  }

  async #startQueue(fn: HostedFunction): Promise<void> {
    const listener = await queueListener(fn, this.context.queues);
    if (this.#stopped) return;
    this.#listeners.push(listener);
    listener.start();
  }

  #begin(name: string, work: Promise<unknown>): void {
    this.#starting.push(
      work.catch((error: Error) => this.#log('error', name, `It cannot be listened for ${name}: ${error.message}`)),
    );
  }

  #checkRetry(fn: HostedFunction): void {
    try {
      const policy = retryPolicy(fn, this.context.retry);
      if (!policy || fn.trigger === 'timer') return;
      const officially = 'Azure does not support that officially';
      this.#log(
        'warning',
        fn.name,
        `The retry policy of '${fn.name}' runs before the ${fn.trigger} trigger's own tries: ${officially}.`,
      );
    } catch (error) {
      putInError(fn, (error as Error).message);
    }
  }

  #healthy(trigger: string): HostedFunction[] {
    return this.functions.filter((fn) => fn.trigger === trigger && !fn.error);
  }

  #log(level: 'warning' | 'error', name: string, message: string): void {
    this.context.log({ level, category: 'Host.Triggers', function: name, message });
  }
}

/** As Azure calls the lock of a timer's listener. */
function lockName(fn: HostedFunction): string {
  return `${functionId(fn.name)}.Listener`;
}
