import { chmod, readdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Family } from './exposition.js';

/** What one process of an app tells another that is asked for metrics. */
export interface PeerReport {
  /** PM2's number of the process, `0` without PM2: stays the same over restarts. */
  process: string;
  /** ms since 1970 */
  startedAt: number;
  families: Family[];
}

const longestSocketPath = 100;
const deadlineMs = 1000;

/**
 * Lets the processes of one app (a PM2 cluster on one port) answer for each other: each listens on a socket in the
 * state
 * folder that they share, and whichever is asked for metrics collects from all. Without that, a scrape would see one of
 * them at random.
 */
export class MetricsPeers {
  #server?: Server;

  constructor(
    private readonly dir: string,
    private readonly own: () => PeerReport,
  ) {}

  /**
   * Rejects where the folder takes no socket; this process then answers for itself alone, as it does where the path is
   * too long.
   */
  async open(): Promise<void> {
    const path = this.#path(process.pid);
    if (path.length > longestSocketPath || process.platform === 'win32') return;
    await rm(path, { force: true });
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy()); // the one that asked went away
      socket.end(JSON.stringify(this.own()));
    });
    // exclusive: the primary of a cluster is to have no part in it
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen({ path, exclusive: true }, resolve),
    );
    server.unref();
    await chmod(path, 0o600);
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#server?.close();
    await rm(this.#path(process.pid), { force: true });
  }

  /** One report per process; of two with the same number, as in a reload, the newer one. Silent ones are left out. */
  async reports(): Promise<PeerReport[]> {
    const names = this.#server ? await readdir(this.dir) : [];
    const others = names.filter((name) => /^metrics\.\d+$/.test(name) && name !== `metrics.${process.pid}`);
    const answers = await Promise.all(others.map((name) => this.#ask(join(this.dir, name))));
    const reports = [this.own(), ...answers.flatMap((report) => report ?? [])];
    const newest = new Map<string, PeerReport>();
    for (const report of reports.sort((a, b) => a.startedAt - b.startedAt)) newest.set(report.process, report);
    return [...newest.values()];
  }

  async #ask(path: string): Promise<PeerReport | undefined> {
    const socket = createConnection(path);
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), deadlineMs);
    try {
      return JSON.parse(await text(socket)) as PeerReport;
    } catch (error) {
      // left behind by a process that was killed
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') await rm(path, { force: true });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #path(pid: number): string {
    return join(this.dir, `metrics.${pid}`);
  }
}
