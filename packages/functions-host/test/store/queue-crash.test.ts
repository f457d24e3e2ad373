import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { readJsonLines } from '../helpers/json-lines.js';
import { waitFor } from '../helpers/wait.js';
import { depth, queueOf, send, texts } from './queue-store.js';
import { startShared, type SharedHost } from './shared-host.js';

interface Entry {
  pid: number;
  began?: string;
  ended?: string;
  dequeueCount?: number;
}

/** Full counts in the soak, else a sample. More than four kills could use up the tries of a message. */
const [count, kills] = process.env.FANOPS_SOAK === '1' ? [1500, 4] : [60, 1];
/** batchSize and newBatchThreshold of the fixture. */
const mostAtOnce = 4 + 2;

let azurite: Azurite;
let sequence = 0;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite?.stop());

/** A queue of its own and the hosts that read it, for tests that run beside each other. */
class Line {
  readonly queue = queueOf(azurite.connection, `crash-${++sequence}`);
  readonly poison = queueOf(azurite.connection, `${this.queue.name}-poison`);
  readonly #dir = mkdtempSync(join(tmpdir(), 'fh-'));

  constructor(private readonly context: TestContext) {
    context.onTestFinished(() => rmSync(this.#dir, { recursive: true, force: true }));
  }

  async start(leaseSeconds: number): Promise<SharedHost> {
    const env = { STORE: azurite.connection, QUEUE: this.queue.name, FANOPS_QUEUE_LEASE_SECONDS: String(leaseSeconds) };
    const host = await startShared('store-queues', { record: join(this.#dir, 'record.jsonl'), env });
    this.context.onTestFinished(() => host.stop('SIGKILL'));
    return host;
  }

  ended(): Set<string> {
    return new Set(this.#entries().flatMap((entry) => entry.ended ?? []));
  }

  began(id: string): Entry[] {
    return this.#entries().filter((entry) => entry.began === id);
  }

  async allDone(ids: string[]): Promise<void> {
    await waitFor('all messages', () => ids.every((id) => this.ended().has(id)), 120_000);
    await waitFor('the queue to be empty', async () => (await depth(this.queue)) === 0);
  }

  #entries(): Entry[] {
    return readJsonLines<Entry>(join(this.#dir, 'record.jsonl'));
  }
}

const together = test.extend<{ line: Line }>({
  line: async ({ task }, use) => {
    const line = new Line(task.context);
    await line.queue.create();
    await use(line);
  },
}).concurrent;

together(
  '[5.2-2, 5.3-2] kill -9 in the middle of a batch: every message is handled, twice only what ran then',
  async ({ line }) => {
    const ids = Array.from({ length: count }, (_, n) => `m${n}`);
    for (const id of ids) await send(line.queue, JSON.stringify({ id, ms: 20 }));
    const pids: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      const host = await line.start(2);
      pids.push(host.pid);
      await waitFor('more to be handled', () => line.ended().size >= (count * kill) / (kills + 2), 120_000);
      await host.stop('SIGKILL');
    }
    pids.push((await line.start(2)).pid);
    await line.allDone(ids);
    const runs = ids.map((id) => line.began(id).map(({ pid }) => pids.indexOf(pid)));
    expect(runs.filter((each) => each.length > 1).length).toBeLessThanOrEqual(mostAtOnce * kills);
    for (const each of runs) expect(each).toEqual([...new Set(each)].sort());
  },
  300_000,
);

together(
  '[5.2-4] two processes, and functions that take longer than a lease: every message is handled once',
  async ({ line }) => {
    const ids = Array.from({ length: 10 }, (_, n) => `long${n}`);
    await Promise.all([line.start(3), line.start(3)]);
    for (const id of ids) await send(line.queue, JSON.stringify({ id, ms: 6500 }));
    await line.allDone(ids);
    expect(ids.map((id) => line.began(id).length)).toEqual(ids.map(() => 1));
  },
  120_000,
);

together(
  '[5.3-1, 5.3-4] a message that brings its process down is poison after five tries',
  async ({ line }) => {
    await send(line.queue, '{"id":"pill","kill":true}');
    await waitFor(
      'the poison message',
      async () => {
        const host = await line.start(1);
        await waitFor(
          'the process to die, or the message to be poison',
          async () => !isAlive(host.pid) || (await depth(line.poison)) === 1,
        );
        const done = (await depth(line.poison)) === 1;
        if (done) await host.stop();
        return done;
      },
      90_000,
    );
    expect(line.began('pill').map(({ dequeueCount }) => dequeueCount)).toEqual([1, 2, 3, 4, 5]);
    expect([await texts(line.poison), await depth(line.queue)]).toEqual([['{"id":"pill","kill":true}'], 0]);
  },
  120_000,
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // it is gone
  }
}
