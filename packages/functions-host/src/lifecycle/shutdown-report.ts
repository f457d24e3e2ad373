import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log.js';
import type { Shutdown } from '../protocol.js';

const category = 'Host.Shutdown';

/** Keeps the file of a process that stops. */
export class ShutdownReport {
  #shutdown: Shutdown;

  constructor(
    private readonly stateDir: string,
    release: string | undefined,
    deadlineMs: number,
    private readonly log: Log,
  ) {
    this.#shutdown = { pid: process.pid, release, startedAt: new Date().toISOString(), deadlineMs, underWay: 0 };
  }

  /** The number of requests under way has changed. */
  draining(underWay: number): void {
    const isFirst = this.#shutdown.underWay === 0;
    this.#shutdown = { ...this.#shutdown, underWay };
    if (isFirst && underWay > 0) {
      const message = `${requests(underWay)} under way: waiting for at most ${this.#shutdown.deadlineMs / 1000} s.`;
      this.log({ level: 'information', category, message });
    }
    this.#write();
  }

  /** No request is under way any more, or those that were have been cut. */
  ended(cut: number): void {
    this.#shutdown = { ...this.#shutdown, underWay: 0, cut };
    if (cut > 0)
      this.log({
        level: 'warning',
        category,
        message: `${requests(cut)} cut off at the deadline of ${this.#shutdown.deadlineMs / 1000} s.`,
      });
    this.#write();
  }

  /** A full disk must not keep the process from stopping. */
  #write(): void {
    const dir = join(this.stateDir, 'shutdown');
    const file = join(dir, `${process.pid}.json`);
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, `${JSON.stringify(this.#shutdown)}\n`);
      renameSync(`${file}.new`, file);
    } catch (error) {
      this.log({
        level: 'warning',
        category,
        message: `The report of the shutdown cannot be written: ${(error as Error).message}`,
      });
    }
  }
}

const requests = (count: number): string => `${count} request${count === 1 ? '' : 's'}`;
