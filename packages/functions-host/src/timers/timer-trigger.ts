import type { HostedFunction } from '../functions/function-table.js';
import type { Invoker } from '../functions/invoker.js';
import { retryPolicy, withRetry } from '../functions/retry.js';
import type { Log } from '../log.js';
import type { Leader } from './leader.js';
import { TimerMonitor } from './monitor.js';
import { parseSchedule, type Schedule } from './schedule.js';
import { timerInfo } from './timer-info.js';

const longestSleep = 2 ** 30;

export interface TimerContext {
  invoker: Invoker;
  leader: Leader;
  stateDir: string;
  log: Log;
}

/** Puts a bad schedule down as the function's error, so that the others run (specification 4). */
export function checkSchedule(fn: HostedFunction): void {
  try {
    parseSchedule(String(fn.triggerBinding.schedule ?? ''));
  } catch (error) {
    fn.error = (error as Error).message;
  }
}

/** Runs one timer for as long as this process leads. Runs never overlap; missed ticks collapse into one. */
export class TimerTrigger {
  #schedule: Schedule;
  #monitor?: TimerMonitor;
  #stop = new AbortController();
  #loop?: Promise<void>;

  constructor(private readonly fn: HostedFunction, private readonly context: TimerContext) {
    this.#schedule = parseSchedule(String(fn.triggerBinding.schedule));
    const wanted = fn.triggerBinding.useMonitor !== false && this.#schedule.monitorable;
    if (wanted) this.#monitor = new TimerMonitor(context.stateDir, fn.name);
  }

  /** Call once this process leads. */
  start(): void {
    this.#loop = this.#run().catch((error: Error) => this.#logError(error));
  }

  /** Lets a run that is under way end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** The administrator's start: status from the monitor, never past due (specification 4). */
  async runByHand(): Promise<void> {
    await this.#invoke(false).catch(() => undefined); // logged by the invoker
  }

  async #run(): Promise<void> {
    let base = new Date();
    const pastDue = (await this.#monitor?.checkPastDue(this.#schedule, base)) ?? false;
    if (pastDue || this.fn.triggerBinding.runOnStartup === true) base = await this.#fire(base, pastDue);
    while (!this.#stop.signal.aborted) {
      const next = this.#schedule.next(base);
      if (!next) return this.#logError(new Error(`the schedule "${String(this.fn.triggerBinding.schedule)}" has no further run`));
      if (!(await this.#sleepUntil(next))) return;
      if (!(await this.context.leader.isLeading())) {
        this.#logError(new Error('another process leads now; its timers run there'));
        await this.context.leader.lead(this.#stop.signal);
        base = new Date();
        continue;
      }
      base = await this.#fire(new Date(Math.max(Date.now(), next.getTime())), false);
    }
  }

  /** The next run is counted from when this one began (specification 4). */
  async #fire(started: Date, pastDue: boolean): Promise<Date> {
    try {
      await this.#invoke(pastDue);
    } catch {
      // logged by the invoker; the schedule goes on
    }
    const next = this.#schedule.next(started)?.toISOString();
    await this.#monitor?.write({ last: started.toISOString(), next, lastUpdated: new Date().toISOString() });
    return started;
  }

  async #invoke(pastDue: boolean): Promise<void> {
    const status = await this.#monitor?.read();
    const trigger = timerInfo(this.#schedule, status, pastDue);
    const policy = retryPolicy(this.fn.registered.metadata);
    await withRetry(policy, (retryContext) => this.context.invoker.run(this.fn, { trigger, retryContext }), this.#stop.signal);
  }

  /** False when stopped first. */
  async #sleepUntil(time: Date): Promise<boolean> {
    const { signal } = this.#stop;
    while (!signal.aborted && Date.now() < time.getTime()) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(time.getTime() - Date.now(), longestSleep));
        signal.addEventListener('abort', done);
      });
    }
    return !signal.aborted;
  }

  #logError(error: Error): void {
    this.context.log({ level: 'error', category: 'Host.Timers', function: this.fn.name, message: error.message });
  }
}
