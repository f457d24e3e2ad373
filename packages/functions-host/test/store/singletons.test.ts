import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type BlobClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { hostId } from '../../src/singletons/host-id.js';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { readJsonLines } from '../helpers/json-lines.js';
import { waitFor } from '../helpers/wait.js';
import { startShared, type SharedHost } from './shared-host.js';

interface Entry {
  name: string;
  pid: number;
  at: number;
  timer?: { isPastDue: boolean };
}

let azurite: Azurite;
let sequence = 0;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite?.stop());

const hosts = (): ContainerClient =>
  BlobServiceClient.fromConnectionString(azurite.connection).getContainerClient('azure-webjobs-hosts');

/** One app of its own, for tests that run beside each other. */
class App {
  readonly id = `site-${++sequence}`;
  readonly env: Record<string, string> = { AzureWebJobsStorage: azurite.connection, WEBSITE_SITE_NAME: this.id };
  readonly #dir = mkdtempSync(join(tmpdir(), 'fh-'));
  #states = 0;

  constructor(private readonly context: TestContext) {
    context.onTestFinished(() => rmSync(this.#dir, { recursive: true, force: true }));
  }

  /** The state folder of a host; a new one each time. */
  state(): string {
    return join(this.#dir, `state-${++this.#states}`);
  }

  async start(state: string, env = this.env): Promise<SharedHost> {
    const host = await startShared('store-timers', { state, record: join(this.#dir, 'record.jsonl'), env });
    this.context.onTestFinished(() => host.stop('SIGKILL'));
    return host;
  }

  entries(name: string): Entry[] {
    return readJsonLines<Entry>(join(this.#dir, 'record.jsonl')).filter((entry) => entry.name === name);
  }

  /** The processes that ran the timer. */
  pids(): Set<number> {
    return new Set(this.entries('second').map(({ pid }) => pid));
  }

  ticks(count: number): Promise<unknown> {
    const before = this.entries('second').length;
    return waitFor(`${count} ticks`, () => this.entries('second').length >= before + count, 40_000);
  }

  /** The one that runs the timers, and the one that does not. */
  async roles(pair: [SharedHost, SharedHost]): Promise<[SharedHost, SharedHost]> {
    await this.ticks(3);
    expect(this.pids().size).toBe(1);
    expect(this.entries('start')).toHaveLength(1);
    return this.pids().has(pair[0].pid) ? pair : [pair[1], pair[0]];
  }

  takenOverBy(host: SharedHost): Promise<unknown> {
    return waitFor('a tick of the other one', () => this.pids().has(host.pid), 50_000);
  }

  lock(): BlobClient {
    return hosts().getBlobClient(`locks/${this.id}/Host.Functions.second.Listener`);
  }
}

const together = test.extend<{ app: App }>({
  app: async ({ task }, use) => use(new App(task.context)),
}).concurrent;

together(
  '[4-22] two processes of one host, with storage: one runs the timers; after kill -9 the other soon goes on',
  async ({ app }) => {
    const state = app.state();
    const [leader, other] = await app.roles([await app.start(state), await app.start(state)]);
    expect((await app.lock().getProperties()).leaseState).toBe('leased');
    await leader.stop('SIGKILL');
    await app.takenOverBy(other);
    const first = app.entries('second').find(({ pid }) => pid === other.pid)!;
    expect(app.entries('second').filter(({ pid, at }) => pid === leader.pid && at > first.at)).toEqual([]);
  },
);

together(
  '[4-22] two processes without storage: the file lock alone, and a line in the log says so',
  async ({ app }) => {
    const state = app.state();
    const [leader, other] = await app.roles([await app.start(state, {}), await app.start(state, {})]);
    const line = "not among several hosts: The storage connection 'AzureWebJobsStorage' is not set";
    for (const host of [leader, other]) expect(host.stderr()).toContain(line);
    await leader.stop();
    await app.takenOverBy(other);
    expect(readdirSync(state).filter((name) => name.startsWith('leader.'))).toHaveLength(1);
  },
);

together(
  '[4-22] a storage emulator that does not run is the file lock too, with a line in the log',
  async ({ app }) => {
    const gone = azurite.connection.replace(/BlobEndpoint=http:\/\/127.0.0.1:\d+/, 'BlobEndpoint=http://127.0.0.1:9');
    const host = await app.start(app.state(), { AzureWebJobsStorage: gone });
    await app.ticks(1);
    expect(host.stderr()).toContain('the storage emulator of AzureWebJobsStorage does not run');
  },
);

together(
  '[4-22] two hosts: the lease lets one run; stopped, it lets the other go on, and they share the status',
  async ({ app }) => {
    const [leader, other] = await app.roles([await app.start(app.state()), await app.start(app.state())]);
    await waitFor('the other to say so', () => other.stderr().includes('is not ours: another host has it'));
    await leader.stop();
    await app.takenOverBy(other);
    const status = hosts().getBlobClient(`timers/${app.id}/Host.Functions.start/status`);
    expect(JSON.parse((await status.downloadToBuffer()).toString())).toMatchObject({
      Last: expect.stringMatching(/^\d{4}-.*\+00:00$/) as string,
      Next: expect.stringMatching(/-01-01T00:00:00/) as string,
    });
  },
);

together('[4-22] two hosts: when one dies its lease runs out, and no tick is run twice', async ({ app }) => {
  const [leader, other] = await app.roles([await app.start(app.state()), await app.start(app.state())]);
  await leader.stop('SIGKILL');
  await app.takenOverBy(other);
  const seconds = app.entries('second').map(({ at }) => Math.floor(at / 1000));
  expect(new Set(seconds).size).toBe(seconds.length);
});

together('[4-22] a lease that Azure holds keeps the timer from running here', async ({ app }) => {
  await hosts().createIfNotExists();
  await hosts().uploadBlockBlob(app.lock().name, '', 0);
  await app.lock().getBlobLeaseClient('11111111-2222-3333-4444-555555555555').acquireLease(60);
  const host = await app.start(app.state());
  await waitFor('the other timer', () => app.entries('start').length === 1);
  await waitFor('the line', () => host.stderr().includes(`'${app.id}/Host.Functions.second.Listener' is not ours`));
  expect(app.entries('second')).toEqual([]);
});

together('[4-22, 6-2] two processes and two hosts scan once: a blob is handled once', async ({ app }) => {
  const state = app.state();
  const env = { ...app.env, FANOPS_BLOB_SCAN_MS: '200', SCANNED: app.id };
  for (const dir of [state, state, app.state()]) await app.start(dir, env);
  const container = BlobServiceClient.fromConnectionString(azurite.connection).getContainerClient(app.id);
  await container.createIfNotExists();
  const names = Array.from({ length: 12 }, (_, n) => `blob-${n}`);
  for (const name of names) await container.uploadBlockBlob(name, 'x', 1);
  await waitFor('all blobs', () => names.every((name) => app.entries(name).length > 0), 40_000);
  await app.ticks(2);
  expect(names.map((name) => app.entries(name).length)).toEqual(names.map(() => 1));
});

test('the host id: the setting, the site, the service, the package; lower case and at most 32 characters', () => {
  expect(hostId({ AzureFunctionsWebHost__hostid: 'Mine', WEBSITE_SITE_NAME: 'Site' }, 'pkg')).toBe('mine');
  expect(hostId({ WEBSITE_SITE_NAME: 'Site', FANOPS_SERVICE: 'm1' }, 'pkg')).toBe('site');
  expect([hostId({ FANOPS_SERVICE: 'm1' }, 'pkg'), hostId({}, '@scope/My.App'), hostId({}, undefined)]).toEqual([
    'm1',
    'scope-my-app',
    'functions-app',
  ]);
  expect(hostId({}, 'a'.repeat(40))).toHaveLength(32);
});
