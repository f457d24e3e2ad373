import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pause } from './pause.js';

const ttl = 15_000;
const renewEvery = 5_000;

interface Lease {
  generation: number;
  pid: number;
  released: boolean;
  age: number;
}

/**
 * Elects one process among those that share a state folder, which are those of one host: it alone runs timers and
 * scans blobs (specification 4).
 * A lease is a file `leader.N`; taking over means creating `leader.N+1`, which only one process can do. The holder
 * renews its file's time; a lease is free when it was released, its process is gone, or it was not renewed for 15 s.
 */
export class Leader {
  #generation?: number;
  #timer?: NodeJS.Timeout;

  constructor(
    private readonly dir: string,
    private readonly onError: (error: Error) => void,
    private readonly retryMs = 1000,
  ) {}

  /** Resolves true when this process leads, false when `signal` aborted first. */
  async lead(signal: AbortSignal): Promise<boolean> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    while (!signal.aborted) {
      if ((await this.isLeading()) || (await this.#tryTake())) {
        clearInterval(this.#timer);
        this.#timer = setInterval(() => void this.#renew(), renewEvery);
        this.#timer.unref();
        return true;
      }
      await pause(this.retryMs, signal);
    }
    return false;
  }

  /** Asked before every run: a process that was paused too long finds out here that another one took over. */
  async isLeading(): Promise<boolean> {
    return this.#generation !== undefined && (await this.#newest())?.generation === this.#generation;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#generation === undefined) return;
    const file = this.#file(this.#generation);
    this.#generation = undefined;
    await writeFile(file, JSON.stringify({ pid: process.pid, released: true }));
  }

  #file(generation: number): string {
    return join(this.dir, `leader.${generation}`);
  }

  async #tryTake(): Promise<boolean> {
    const current = await this.#newest();
    if (current && !current.released && current.age < ttl && isAlive(current.pid)) return false;
    const generation = (current?.generation ?? 0) + 1;
    try {
      await writeFile(this.#file(generation), JSON.stringify({ pid: process.pid, released: false }), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    if ((await this.#newest())?.generation !== generation) {
      await rm(this.#file(generation), { force: true });
      return false;
    }
    this.#generation = generation;
    await this.#removeOlder(generation);
    return true;
  }

  async #renew(): Promise<void> {
    if (this.#generation === undefined) return;
    try {
      const now = new Date();
      await utimes(this.#file(this.#generation), now, now);
    } catch (error) {
      this.onError(error as Error);
    }
  }

  async #generations(): Promise<number[]> {
    const names = await readdir(this.dir);
    return names
      .flatMap((name) => /^leader\.(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #newest(): Promise<Lease | undefined> {
    const generation = (await this.#generations()).at(-1);
    if (generation === undefined) return undefined;
    let text: string;
    let mtimeMs: number;
    try {
      [text, { mtimeMs }] = await Promise.all([readFile(this.#file(generation), 'utf8'), stat(this.#file(generation))]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.#newest(); // a newer holder just removed it
      throw error;
    }
    const age = Date.now() - mtimeMs;
    // a file that is still empty was created a moment ago by a process that is writing it
    const content =
      text === '' ? { pid: process.pid, released: false } : (JSON.parse(text) as { pid: number; released: boolean });
    return { generation, age, ...content };
  }

  async #removeOlder(generation: number): Promise<void> {
    for (const older of await this.#generations()) if (older < generation) await rm(this.#file(older), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
