import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.js';
import { BlobLease } from './blob-lease.js';
import { isMissingEmulator, NoBlobServiceError, type HostStorage } from './host-storage.js';
import { Leader } from './leader.js';
import type { SingletonOptions } from './options.js';

/** The right to do something that only one process of one host may do at a time. */
export interface Singleton {
  /** Resolves true when this process has the right, false when `signal` aborted first. */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Asked before each piece of work: a process that was paused too long finds out here that another one took over. */
  isHeld(): Promise<boolean>;
}

export interface SingletonsContext {
  stateDir: string;
  /** Undefined where the app has no storage account, for the reason `whyNone`. */
  storage?: HostStorage;
  whyNone?: string;
  options: SingletonOptions;
  log: Log;
}

/**
 * Who of several processes and hosts runs the timers and scans the blobs (specification 4). The processes of one host
 * share a state
 * folder and elect one by a file; the hosts of an app share its storage account and there hold one lease for each
 * singleton.
 */
export class Singletons {
  #leader: Leader;
  #leases = new Map<string, BlobLease>();
  #storage?: HostStorage;
  #leaseId?: Promise<string>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: SingletonsContext) {
    this.#leader = new Leader(context.stateDir, (error) => this.#log('error', error.message));
    this.#storage = context.storage;
    if (!this.#storage) this.#log('information', fileLockOnly(context.whyNone ?? 'there is no storage account'));
  }

  /**
   * The storage that the hosts share; undefined where each host is on its own. Known for sure once a singleton was
   * acquired.
   */
  get storage(): HostStorage | undefined {
    return this.#storage;
  }

  /** `name` as Azure calls the lock, such as `Host.Functions.tidyUp.Listener`. */
  singleton(name: string): Singleton {
    return {
      acquire: async (signal) => (await this.#lead(signal)) && this.#acquireLease(name, signal),
      isHeld: async () => {
        const lease = this.#leases.get(name);
        const leading = await this.#leader.isLeading();
        if (!leading) lease?.forget();
        return leading && (!this.#storage || (lease?.isHeld() ?? false));
      },
    };
  }

  /** Lets go of everything, so that another process or host can go on at once. */
  async release(): Promise<void> {
    const leading = await this.#leader.isLeading();
    for (const lease of this.#leases.values()) {
      if (!leading) lease.forget();
      await lease
        .release()
        .catch((error: Error) => this.#log('warning', `A lock could not be released: ${error.message}`));
    }
    await this.#leader.release();
  }

  /** One after the other: the election is among processes, not among the singletons of one. */
  #lead(signal: AbortSignal): Promise<boolean> {
    const leading = this.#turn.then(() => this.#leader.lead(signal));
    this.#turn = leading.catch(() => undefined); // told to whoever asked
    return leading;
  }

  async #acquireLease(name: string, signal: AbortSignal): Promise<boolean> {
    const storage = this.#storage;
    if (!storage) return !signal.aborted;
    const lease = this.#leases.get(name) ?? (await this.#newLease(name, storage));
    try {
      return await lease.acquire(
        signal,
        (error) => error instanceof NoBlobServiceError || isMissingEmulator(storage.connection, error),
      );
    } catch (error) {
      const why =
        error instanceof NoBlobServiceError
          ? error.message
          : 'the storage emulator of AzureWebJobsStorage does not run';
      if (this.#storage) this.#log('warning', fileLockOnly(why));
      this.#storage = undefined;
      return !signal.aborted;
    }
  }

  async #newLease(name: string, storage: HostStorage): Promise<BlobLease> {
    const leaseId = await (this.#leaseId ??= readLeaseId(this.context.stateDir));
    const log = (level: 'information' | 'warning', message: string): void => this.#log(level, message);
    const lease =
      this.#leases.get(name) ?? new BlobLease(name, { storage, options: this.context.options, leaseId, log });
    this.#leases.set(name, lease);
    return lease;
  }

  #log(level: 'information' | 'warning' | 'error', message: string): void {
    this.context.log({ level, category: 'Host.Singleton', message });
  }
}

function fileLockOnly(why: string): string {
  return `Timers run once among the processes of this host, but not among several hosts: ${why.replace(/\.$/, '')}.`;
}

/** The id under which this host holds its leases, kept in its state folder. */
async function readLeaseId(stateDir: string): Promise<string> {
  const file = join(stateDir, 'lease-id');
  try {
    await writeFile(file, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
