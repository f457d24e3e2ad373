import { checkQueue, queueListener, runQueueByHand, type QueueContext } from '../queues/queue-trigger.js';
import type { QueueListener } from '../queues/listener.js';
import { checkSchedule, TimerTrigger, type TimerContext } from '../timers/timer-trigger.js';
import type { HostedFunction } from './function-table.js';

export interface TriggersContext {
  timers: TimerContext;
  queues: QueueContext;
}

/** Everything that starts functions without a request: timers and queue listeners. */
export class Triggers {
  #timers = new Map<string, TimerTrigger>();
  #listeners: QueueListener[] = [];
  #stop = new AbortController();
  #leading?: Promise<void>;

  constructor(private readonly functions: HostedFunction[], private readonly context: TriggersContext) {
    for (const fn of this.#healthy('timer')) checkSchedule(fn);
    for (const fn of this.#healthy('queue')) checkQueue(fn, context.queues.env);
  }

  /** Queue listeners run in every process, timers only in the one that leads. Disabled functions do not start. */
  async start(): Promise<void> {
    for (const fn of this.#healthy('queue').filter(({ disabled }) => !disabled)) {
      const listener = await queueListener(fn, this.context.queues);
      this.#listeners.push(listener);
      listener.start();
    }
    for (const fn of this.#healthy('timer')) this.#timers.set(fn.name, new TimerTrigger(fn, this.context.timers));
    if (this.#timers.size > 0) this.#leading = this.#runTimers();
  }

  /** Ends fetching and waiting; what runs is let finish. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#listeners.map((listener) => listener.stop()), ...[...this.#timers.values()].map((timer) => timer.stop())]);
    await this.#leading;
    await this.context.timers.leader.release();
  }

  /** Starts a function that is not HTTP, as the administrator's endpoint asks. Errors are in the log. */
  startByHand(name: string, input: string | undefined): void {
    const fn = this.functions.find((candidate) => candidate.name === name);
    if (fn?.trigger === 'queue') {
      runQueueByHand(fn, this.context.queues, input ?? '').catch(() => undefined); // logged by the invoker
    } else void this.#timers.get(name)?.runByHand();
  }

  #healthy(trigger: string): HostedFunction[] {
    return this.functions.filter((fn) => fn.trigger === trigger && !fn.error);
  }

  async #runTimers(): Promise<void> {
    const { leader, log } = this.context.timers;
    try {
      if (!(await leader.lead(this.#stop.signal))) return;
      log({ level: 'information', category: 'Host.Timers', message: 'This process runs the timers.' });
      for (const fn of this.functions) if (!fn.disabled) this.#timers.get(fn.name)?.start();
    } catch (error) {
      log({ level: 'error', category: 'Host.Timers', message: `The timers cannot start: ${(error as Error).message}` });
    }
  }
}
