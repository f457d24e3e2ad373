import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { formatDuration } from '../core/duration.js';
import { CancelledError, FanopsError, PreconditionError, RemoteError, messageOf } from '../core/errors.js';
import type { LockRequest } from '../core/plan.js';
import { saysDiskFull } from '../core/disk-full.js';
import { lockDir } from '../remote/layout.js';
import { freeReserve } from '../remote/reserve.js';
import { acquireLock, parseLockAnswer, releaseLock, renewLock, type LockAnswer } from '../remote/service-lock.js';
import type { Transport } from '../transports/transport.js';
import { isDeadHere } from './operator.js';
import type { Operator } from './store.js';

/** What the holder of a lock says about itself; readable by every operator of the fleet. */
export interface LockHolder {
  run: string;
  /** What it is doing, e.g. `migrate m1 azure -> vm`. */
  reason: string;
  operator: Operator;
  since: string;
}

/** Milliseconds for which a release that fails is tried again. */
const RELEASE_TRIES_MS = 4000;

/** Milliseconds after which a lock that is not renewed expires, and between two renewals. */
interface LockLease {
  lockLeaseMs: number;
  lockRenewalMs: number;
}

export interface LockOptions {
  transport(host: string): Promise<Transport>;
  clock: Clock;
  holder: LockHolder;
  lease: LockLease;
  /** Milliseconds to wait for a lock that is held. Default 0. */
  waitMs?: number;
  signal?: AbortSignal;
  onWait?: (message: string) => void;
}

const secondsOf = ({ lockLeaseMs }: LockLease): number => Math.ceil(lockLeaseMs / 1000);

interface HeldLock extends LockRequest {
  fence: number;
}

/** The locks of one run: taken together, renewed while it goes on, released at its end. */
export class RunLocks {
  readonly #held: HeldLock[] = [];
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #adding: Promise<void> = Promise.resolve();

  private constructor(private readonly options: LockOptions) {}

  /**
   * Takes all locks, in order of host and name so that two runs cannot wait for each other.
   * @throws PreconditionError (code LOCKED, exit 5) that names the holder.
   */
  static async acquire(requests: LockRequest[], options: LockOptions): Promise<RunLocks> {
    const locks = new RunLocks(options);
    try {
      await locks.#take(requests, options);
    } catch (error) {
      await locks.release();
      throw error;
    }
    return locks;
  }

  /**
   * Takes further ones while it holds others: what somebody holds is waited for until a deadline, so that two runs
   * cannot wait for each other without end. Those that are held already are left as they are. Lanes that ask at once
   * take turns, and the wait of each begins with its own.
   * @param waitMs for all of them together
   * @throws PreconditionError (code LOCKED, exit 5) that names the holder
   */
  add(requests: readonly LockRequest[], waitMs: number): Promise<void> {
    const isHeld = ({ host, name }: LockRequest): boolean =>
      this.#held.some((lock) => lock.host === host && lock.name === name);
    const turn = this.#adding.then(() =>
      this.#take(
        requests.filter((request) => !isHeld(request)),
        this.options,
        this.options.clock.monotonic() + waitMs,
      ),
    );
    this.#adding = turn.catch(() => undefined);
    return turn;
  }

  /** @param deadline of the clock, for all of them; default: each is waited for as long as the options say */
  async #take(requests: readonly LockRequest[], options: LockOptions, deadline?: number): Promise<void> {
    const byPlace = new Map(requests.map((request) => [`${request.host}/${request.name}`, request]));
    const ordered = [...byPlace].sort(([a], [b]) => a.localeCompare(b)).map(([, request]) => request);
    const silent = new Set<string>();
    for (const request of ordered) {
      if (request.optional && silent.has(request.host)) continue;
      try {
        const until = deadline ?? options.clock.monotonic() + (options.waitMs ?? 0);
        this.#held.push({ ...request, fence: await takeOne(request, options, until) });
      } catch (error) {
        if (!request.optional || !isSilence(error)) throw error;
        silent.add(request.host);
        if (!isGone(error)) options.onWait?.(`no lock was taken on ${request.host}: ${messageOf(error)}`);
      }
    }
    if (ordered.length > 0 && !this.#timer) this.#renewSoon();
  }

  /** Aborted with an error when a lock was lost to somebody else. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * The fencing number of a lock on a host, 0 when it is not held. Each lock counts by itself: what one protects takes
   * no number of another.
   */
  fence(host: string, name: string): number {
    return this.#held.find((lock) => lock.host === host && lock.name === name)?.fence ?? 0;
  }

  #renewSoon(): void {
    this.#timer = setTimeout(() => void this.#renew(), this.options.lease.lockRenewalMs);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const results = await Promise.allSettled(this.#held.map((lock) => this.#renewOne(lock)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) this.#lost.abort(failed.reason);
    else if (this.#timer) this.#renewSoon();
  }

  async #renewOne(lock: HeldLock): Promise<void> {
    let transport: Transport;
    try {
      transport = await this.options.transport(lock.host);
    } catch (error) {
      // The run itself may have ended the host.
      if (lock.optional) return;
      throw error;
    }
    const dir = lockDir(lock.name);
    const { lease } = this.options;
    let answer: string;
    try {
      const result = await transport.run(
        { argv: renewLock(dir, lock.fence, secondsOf(lease)) },
        { timeoutMs: lease.lockRenewalMs },
      );
      answer = result.stdout.trim();
    } catch (error) {
      if (lock.optional) return;
      // A lost link is not a lost lock: the next renewal tells.
      if (error instanceof RemoteError && error.code !== 'HOST_KEY') return;
      throw error;
    }
    if (answer === 'lost') {
      throw new FanopsError(`The lock ${lock.name} on ${lock.host} was taken by somebody else.`, {
        code: 'LOCK_LOST',
        where: lock.host,
        nextSteps: ['fanops lock show'],
      });
    }
  }

  /** A link that broke a moment ago may be there again: the next holder need not wait for the lease to end. */
  async #releaseOne(lock: HeldLock): Promise<void> {
    const { clock, transport } = this.options;
    const deadline = clock.monotonic() + RELEASE_TRIES_MS;
    for (;;) {
      try {
        await (
          await transport(lock.host)
        ).run({ argv: releaseLock(lockDir(lock.name), lock.fence) }, { timeoutMs: 10_000 });
        return;
      } catch (error) {
        if (lock.optional || !(error instanceof RemoteError) || clock.monotonic() >= deadline) throw error;
        await clock.sleep(500);
      }
    }
  }

  /** Releases what is held. What cannot be reached expires with its lease. */
  async release(): Promise<string[]> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const left: string[] = [];
    for (const lock of this.#held.splice(0)) {
      try {
        await this.#releaseOne(lock);
      } catch (error) {
        // The run has stopped or removed the host; what is left of the lock ends with its lease.
        if (lock.optional) continue;
        left.push(
          `lock ${lock.name} on ${lock.host} (${messageOf(error)}); it expires within ` +
            `${secondsOf(this.options.lease)} s`,
        );
      }
    }
    return left;
  }
}

/** Whether a host is off or not there. */
const isGone = (error: unknown): boolean => error instanceof FanopsError && error.code === 'NO_HOST';

/** Whether an error says nothing of the lock, but of the host on which it would be. */
const isSilence = (error: unknown): boolean =>
  error instanceof FanopsError && !(error instanceof CancelledError) && error.code !== 'LOCKED';

/** @param deadline of the clock until which it is waited for */
async function takeOne(request: LockRequest, options: LockOptions, deadline: number): Promise<number> {
  let take = 0;
  for (;;) {
    const answer = await ask(request, options, take);
    if (answer.state === 'acquired') return answer.fence;
    if (answer.state === 'free') continue;
    const holder = parseHolder(answer.holder);
    if (take !== answer.fence && holder && (await isDeadHere(holder.operator, options.holder.operator))) {
      take = answer.fence;
      continue;
    }
    if (options.clock.monotonic() >= deadline) throw heldError(request, answer.secondsLeft, holder);
    options.onWait?.(
      `waiting for the lock ${request.name} on ${request.host}, held by ${holder?.operator.name ?? 'somebody'}`,
    );
    await options.clock.sleep(1000, options.signal);
  }
}

async function ask(request: LockRequest, options: LockOptions, take: number): Promise<LockAnswer> {
  const transport = await options.transport(request.host);
  const token = randomBytes(8).toString('hex');
  const argv = acquireLock(lockDir(request.name), token, secondsOf(options.lease), take);
  const limits = { stdin: `${JSON.stringify(options.holder)}\n`, timeoutMs: 20_000 };
  let result = await transport.run({ argv }, limits);
  if (result.code !== 0 && saysDiskFull(result.stderr)) {
    // What goes back needs a lock as well. What goes on finds no room to set aside again, and changes nothing.
    await transport.run({ argv: freeReserve() }, { timeoutMs: 20_000 });
    result = await transport.run({ argv }, limits);
  }
  if (result.code !== 0) {
    const full = saysDiskFull(result.stderr);
    throw new RemoteError(
      `The lock ${request.name} could not be taken on ${request.host}${full ? ': the disk is full' : ''}.`,
      {
        host: request.host,
        code: full ? 'DISK_FULL' : 'REMOTE',
        status: result.code,
        stderr: result.stderr.trim(),
        hint: result.stderr.trim() || undefined,
      },
    );
  }
  return parseLockAnswer(result.stdout);
}

/** The holder that a lock file names, or undefined when it cannot be read. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null;
    const { name, machine, pid } = holder?.operator ?? ({} as Partial<Operator>);
    const isWhole =
      typeof holder?.run === 'string' &&
      typeof name === 'string' &&
      typeof machine === 'string' &&
      typeof pid === 'number';
    return isWhole ? (holder as LockHolder) : undefined;
  } catch {
    // Written by another version or by hand: the lock counts all the same.
    return undefined;
  }
}

function heldError(request: LockRequest, secondsLeft: number, holder: LockHolder | undefined): PreconditionError {
  const who = holder
    ? `${holder.operator.name} on ${holder.operator.machine.split('/')[0]} (${holder.reason}, run ` +
      `${holder.run}, since ${holder.since})`
    : 'somebody';
  return new PreconditionError(`The lock ${request.name} on ${request.host} is held by ${who}.`, {
    code: 'LOCKED',
    where: request.host,
    hint:
      `Its lease ends in ${formatDuration(secondsLeft * 1000)} unless its holder renews it. ` +
      'Wait, or break it when its holder is gone.',
    nextSteps: ['fanops lock show', `fanops lock break ${request.name}`],
    data: { lock: request.name, host: request.host, holder },
  });
}
