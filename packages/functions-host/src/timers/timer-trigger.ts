import type { RetryPolicy } from '../config/retry-options.js';
import { putInError, type HostedFunction } from '../functions/function-table.js';
import type { Invocation, Invoker } from '../functions/invoker.js';
import { retryPolicy, withRetry } from '../functions/retry.js';
import type { Log } from '../log.js';
import { pause } from '../singletons/pause.js';
import type { Singleton } from '../singletons/singletons.js';
import { checkPastDue, type PastDueCheck } from './monitor.js';
import { parseSchedule, type Schedule } from './schedule.js';
import type { ScheduleStatus, StatusStore } from './status-store.js';
import { timerInfo } from './timer-info.js';

const longestSleep = 2 ** 30;

export interface TimerContext {
  invoker: Pick<Invoker, 'run'>;
  singleton: Singleton;
  /** Where the status is kept; asked for once the singleton was acquired. */
  store: () => StatusStore;
  /** Of host.json, for functions without a policy. */
  retry?: RetryPolicy;
  log: Log;
}

/** Puts a bad schedule down as the function's error, so that the others run (specification 4). */
export function checkSchedule(fn: HostedFunction): void {
  try {
    parseSchedule(String(fn.triggerBinding.schedule ?? ''));
  } catch (error) {
    putInError(fn, (error as Error).message, { onAzureToo: true });
  }
}

/** Runs one timer for as long as this process has the right to. Runs never overlap; missed ticks collapse into one. */
export class TimerTrigger {
  #schedule: Schedule;
  #monitored: boolean;
  #stop = new AbortController();
  #loop?: Promise<void>;
  #status?: ScheduleStatus;
  #lag?: number;

  constructor(
    private readonly fn: HostedFunction,
    private readonly context: TimerContext,
  ) {
    this.#schedule = parseSchedule(String(fn.triggerBinding.schedule));
    this.#monitored = fn.triggerBinding.useMonitor !== false && this.#schedule.monitorable;
  }

  /** ms by which the newest scheduled run began too late; undefined before the first. */
  get lag(): number | undefined {
    return this.#lag;
  }

  start(): void {
    this.#loop = this.#run().catch((error: Error) => this.#logError(error));
  }

  /** Lets a run that is under way end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /**
   * The administrator's start: status from the monitor, never past due, not retried (specification 4, 5.6). Rejects
   * when the function fails.
   */
  async runByHand(): Promise<void> {
    const status = this.#monitored ? ((await this.context.store().read(this.fn.name)) ?? {}) : undefined;
    await this.context.invoker.run(this.fn, this.#attempt(status, false));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!(await this.context.singleton.acquire(signal))) return;
      try {
        await this.#runWhileHeld();
      } catch (error) {
        this.#logError(error as Error);
        await pause(5000, signal);
      }
    }
  }

  /** Ends when the timer is stopped or another process took over. */
  async #runWhileHeld(): Promise<void> {
    let base = new Date();
    const { pastDue, status } = await this.#check(base);
    this.#status = status ?? { next: this.#schedule.next(base)?.toISOString() };
    if (pastDue || this.fn.triggerBinding.runOnStartup === true) base = await this.#fire(base, pastDue);
    else if (status?.next) base = new Date(status.last ?? status.lastUpdated ?? base);
    for (;;) {
      const next = this.#schedule.next(base);
      if (!next) {
        this.#logError(new Error(`the schedule "${String(this.fn.triggerBinding.schedule)}" has no further run`));
        return pause(longestSleep, this.#stop.signal);
      }
      if (!(await this.#sleepUntil(next))) return;
      if (!(await this.context.singleton.isHeld()))
        return this.#logError(new Error('another process runs this timer now'));
      this.#lag = Math.max(0, Date.now() - next.getTime());
      base = await this.#fire(new Date(Math.max(Date.now(), next.getTime())), false);
    }
  }

  #check(now: Date): Promise<PastDueCheck> {
    if (!this.#monitored) return Promise.resolve({ pastDue: false });
    return checkPastDue(this.context.store(), this.fn.name, this.#schedule, now);
  }

  /** The next run is counted from when this one began (specification 4). */
  async #fire(started: Date, pastDue: boolean): Promise<Date> {
    try {
      await this.#invoke(this.#monitored ? this.#status : undefined, pastDue);
    } catch {
      // logged by the invoker; the schedule goes on
    }
    const last = started.toISOString();
    this.#status = { last, next: this.#schedule.next(started)?.toISOString(), lastUpdated: last };
    if (this.#monitored) {
      await this.context
        .store()
        .write(this.fn.name, this.#status)
        .catch((error: Error) => this.#logError(error));
    }
    return started;
  }

  async #invoke(status: ScheduleStatus | undefined, pastDue: boolean): Promise<void> {
    const policy = retryPolicy(this.fn, this.context.retry);
    const attempt = this.#attempt(status, pastDue);
    await withRetry(
      policy,
      (retryContext) => this.context.invoker.run(this.fn, { ...attempt, retryContext }),
      this.#stop.signal,
    );
  }

  #attempt(status: ScheduleStatus | undefined, pastDue: boolean): Pick<Invocation, 'trigger' | 'triggerMetadata'> {
    return {
      trigger: timerInfo(this.#schedule, status, pastDue),
      triggerMetadata: { TimerTrigger: { string: localText(new Date()) } },
    };
  }

  /** False when stopped first. */
  async #sleepUntil(time: Date): Promise<boolean> {
    const { signal } = this.#stop;
    while (!signal.aborted && Date.now() < time.getTime())
      await pause(Math.min(time.getTime() - Date.now(), longestSleep), signal);
    return !signal.aborted;
  }

  #logError(error: Error): void {
    this.context.log({ level: 'error', category: 'Host.Timers', function: this.fn.name, message: error.message });
  }
}

/**
 * The local time as .NET's invariant culture writes it, which v3 functions find in `bindingData.timerTrigger`
 * (specification 4).
 */
function localText(date: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${pad(date.getMonth() + 1)}/${pad(date.getDate())}/${date.getFullYear()}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}
