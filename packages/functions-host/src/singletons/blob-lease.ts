import type { BlobLeaseClient } from '@azure/storage-blob';
import type { HostStorage } from './host-storage.js';
import { pause } from './pause.js';
import type { SingletonOptions } from './options.js';

interface LeaseContext {
  storage: HostStorage;
  options: SingletonOptions;
  /** A GUID of this host: its next process takes the lease over at once, also after a crash. */
  leaseId: string;
  log: (level: 'information' | 'warning', message: string) => void;
}

/**
 * One lock among hosts: a lease of 60 s on a blob `locks/HOSTID/NAME` in azure-webjobs-hosts, renewed at half its time.
 * Azure's own
 * host uses the same blob, so both sides of a migration exclude each other where they have one host id (specification
 * 4).
 */
export class BlobLease {
  #lease?: BlobLeaseClient;
  #validUntil = 0;
  #renewing?: NodeJS.Timeout;
  #problem?: string;

  constructor(
    private readonly name: string,
    private readonly context: LeaseContext,
  ) {}

  /**
   * Resolves true when this host has the lock, false when `signal` aborted first. Rejects only when `giveUp` says so of
   * an error.
   */
  async acquire(signal: AbortSignal, giveUp: (error: unknown) => boolean): Promise<boolean> {
    while (!signal.aborted) {
      try {
        if (this.isHeld() || (await this.#tryAcquire())) return true;
        this.#report('another host has it');
      } catch (error) {
        if (giveUp(error)) throw error;
        this.#report((error as { code?: string }).code ?? (error as Error).message);
      }
      await pause(this.context.options.listenerLockRecoveryPollingInterval, signal);
    }
    return false;
  }

  /** True while the lease surely runs; asked before every piece of work. */
  isHeld(): boolean {
    return performance.now() < this.#validUntil;
  }

  async release(): Promise<void> {
    const held = this.isHeld();
    this.forget();
    if (held) await this.#lease?.releaseLease();
  }

  /** Leaves the lease as it is: another process of this host holds it now, under the same id. */
  forget(): void {
    clearInterval(this.#renewing);
    this.#validUntil = 0;
  }

  async #tryAcquire(): Promise<boolean> {
    const { storage, options, leaseId } = this.context;
    const blob = (await storage.container()).getBlockBlobClient(`locks/${storage.hostId}/${this.name}`);
    const lease = blob.getBlobLeaseClient(leaseId);
    const began = performance.now();
    const acquire = (): Promise<unknown> => lease.acquireLease(options.listenerLockPeriod / 1000);
    try {
      await acquire();
    } catch (error) {
      if (codeOf(error) === 'LeaseAlreadyPresent') return false;
      if (codeOf(error) !== 'BlobNotFound') throw error;
      await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }).catch(ignoreExisting);
      await acquire();
    }
    this.#lease = lease;
    this.#validUntil = began + options.listenerLockPeriod;
    clearInterval(this.#renewing);
    this.#renewing = setInterval(() => void this.#renew(), options.listenerLockPeriod / 2);
    this.#renewing.unref();
    this.#problem = undefined;
    return true;
  }

  async #renew(): Promise<void> {
    const began = performance.now();
    try {
      await this.#lease!.renewLease();
      if (this.#validUntil > 0) this.#validUntil = began + this.context.options.listenerLockPeriod;
    } catch (error) {
      if (/^Lease(Lost|NotPresent|IdMismatch)/.test(codeOf(error) ?? '')) this.#validUntil = 0;
      this.#report(codeOf(error) ?? (error as Error).message);
    }
  }

  /** Each kind of problem once. */
  #report(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const held = problem === 'another host has it';
    this.context.log(
      held ? 'information' : 'warning',
      `The lock '${this.context.storage.hostId}/${this.name}' is not ours: ${problem}.`,
    );
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function ignoreExisting(error: unknown): void {
  if (!['BlobAlreadyExists', 'LeaseIdMissing'].includes(codeOf(error) ?? '')) throw error;
}
