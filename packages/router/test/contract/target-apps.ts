import { once } from 'node:events';
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { send, textOf } from '../helpers.js';

/** An app on a port of its own that answers with its name, dies, and comes back. */
export class TargetApp {
  /** `METHOD path` of the requests that it got, without those of health checks. */
  readonly asked: string[] = [];
  /** Status of its answers to health checks. */
  health = 200;
  #server: Server | undefined;
  #port = 0;

  private constructor(readonly name: string) {}

  static async start(name: string): Promise<TargetApp> {
    const app = new TargetApp(name);
    await app.start();
    onTestFinished(() => app.die());
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((req, res) => {
      const path = req.url ?? '';
      if (path === '/health') return void res.writeHead(this.health).end();
      this.asked.push(`${req.method} ${path}`);
      void textOf(req).then(() => setTimeout(() => res.end(this.name), Number(/ms=(\d+)/.exec(path)?.[1] ?? 0)));
    }).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Its connections break, and new ones are refused. */
  die(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

/** What came of a request: its status and body, or what failed. */
export type Outcome = { status: number; body: string } | { error: string };

/** Sends GETs at a steady pace over kept connections. */
export class PacedLoad {
  readonly outcomes: Outcome[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #running: Promise<void>[] = [];
  #going = true;

  constructor(url: string, everyMs = 8) {
    onTestFinished(() => {
      this.#going = false;
      this.#agent.destroy();
    });
    void this.#run(url, everyMs);
  }

  /** Waits until that many more requests have ended. */
  async more(count: number): Promise<Outcome[]> {
    const from = this.outcomes.length;
    while (this.outcomes.length < from + count) await delay(10);
    return this.outcomes.slice(from);
  }

  /** Sends no more. @returns all that came */
  async stop(): Promise<Outcome[]> {
    this.#going = false;
    await Promise.all(this.#running);
    return this.outcomes;
  }

  async #run(url: string, everyMs: number): Promise<void> {
    while (this.#going) {
      this.#running.push(
        send(url, { agent: this.#agent }).then(
          ({ status, body }) => void this.outcomes.push({ status, body }),
          (error: Error) => void this.outcomes.push({ error: error.message }),
        ),
      );
      await delay(everyMs);
    }
  }
}

export const failedOnes = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.filter((each) => !('status' in each) || each.status !== 200);

/** How often each name or status came. */
export function countsOf(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of outcomes) {
    const key = 'status' in each ? (each.status === 200 ? each.body : String(each.status)) : each.error;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
