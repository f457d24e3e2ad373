import { join } from 'node:path';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { startFixture, tempDir, type TestHost } from '../helpers/host.js';
import { readJsonLines } from '../helpers/json-lines.js';
import { waitFor } from '../helpers/wait.js';

interface Entry {
  message?: unknown;
  type?: string;
  meta?: Record<string, unknown>;
  done?: unknown;
}

let azurite: Azurite;
let sequence = 0;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

interface Setup {
  host: TestHost;
  queue: QueueClient;
  poison: QueueClient;
  entries: () => Entry[];
  send: (text: string) => Promise<unknown>;
}

async function setUp(env: Record<string, string> = {}, create = true): Promise<Setup> {
  const service = QueueServiceClient.fromConnectionString(azurite.connection);
  const name = `orders-${++sequence}`;
  const queue = service.getQueueClient(name);
  if (create) await queue.create();
  const file = join(tempDir(), 'record.jsonl');
  const host = await startFixture('queues', {
    env: { STORE: azurite.connection, ORDERS_QUEUE: name, RECORD_FILE: file, ...env },
  });
  const entries = (): Entry[] => readJsonLines<Entry>(file);
  const send = (text: string): Promise<unknown> => queue.sendMessage(Buffer.from(text).toString('base64'));
  return { host, queue, poison: service.getQueueClient(`${name}-poison`), entries, send };
}

async function depth(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? -1;
}

test('[5.2-6, 5.3-2, 5.4-2, 5.4-4, 5.4-5, 8-3] an output wakes the listener of this host; numbers, objects, metadata; deletion', async () => {
  const { host, queue, entries } = await setUp();
  const answer = await fetch(`${host.url}/order`, { method: 'POST', body: '[{"id":"mine","n":1},"12"]' });
  expect([answer.status, await answer.text()]).toEqual([202, 'queued']);
  await waitFor('both messages', () => entries().filter((entry) => 'done' in entry).length === 2);
  const [object, number] = entries()
    .filter((entry) => entry.type)
    .sort((a) => (a.type === 'object' ? -1 : 1));
  const payload = { id: 'mine', n: 1 };
  expect(object).toMatchObject({ message: payload, meta: { ...payload, dequeueCount: 1, queueTrigger: payload } });
  expect(number).toMatchObject({ message: 12, type: 'number' });
  await waitFor('the queue to be empty', async () => (await depth(queue)) === 0);
});

test('[5.5-10] a queue that cannot be written to is 500 with an empty body', async () => {
  const { host } = await setUp();
  const answer = await fetch(`${host.url}/toBrokenStore`);
  expect([answer.status, await answer.text()]).toEqual([500, '']);
});

test('[5.3-3, 5.3-4, 5.1-4] a message that keeps failing is tried maxDequeueCount times, then moved to the poison queue', async () => {
  const { entries, send, poison, queue } = await setUp();
  await send('{"fail":true}');
  const [moved] = await waitFor('the poison message', async () => {
    if (!(await poison.exists())) return undefined;
    const { receivedMessageItems } = await poison.receiveMessages();
    return receivedMessageItems.length > 0 ? receivedMessageItems : undefined;
  });
  expect(Buffer.from(moved!.messageText, 'base64').toString()).toBe('{"fail":true}');
  expect(entries().map((entry) => entry.meta?.dequeueCount)).toEqual([1, 2]);
  await waitFor('the message to be deleted', async () => (await depth(queue)) === 0);
});

test('[5.4-1] a message that is no base64 goes to the poison queue and the host goes on', async () => {
  const { queue, poison, send, entries } = await setUp();
  await queue.sendMessage('not base64!');
  await waitFor('the poison message', async () => (await poison.exists()) && (await depth(poison)) === 1);
  await send('after');
  await waitFor('the next message', () => entries().some((entry) => entry.done === 'after'));
});

test('[5.1-6] messageEncoding none, by an app setting', async () => {
  const { queue, entries } = await setUp({ AzureFunctionsJobHost__extensions__queues__messageEncoding: 'none' });
  await queue.sendMessage('plain text');
  await waitFor('the message', () => entries().some((entry) => entry.done === 'plain text'));
});

test('[5.2-1] a missing queue is not created by the trigger; it is picked up when it appears', async () => {
  const { queue, send, entries, host } = await setUp({}, false);
  await waitFor('the warning', () => host.stderr().includes('does not exist'));
  expect(await queue.exists()).toBe(false);
  await queue.create();
  await send('late');
  await waitFor('the message', () => entries().some((entry) => entry.done === 'late'));
});

test('[5.3-6] shutdown lets a running message finish and deletes it', async () => {
  const { host, send, queue, entries } = await setUp();
  await send('{"slowMs":700}');
  await waitFor('the message to start', () => entries().length === 1);
  expect(await host.stop()).toBe(0);
  expect(entries().some((entry) => 'done' in entry)).toBe(true);
  expect(await depth(queue)).toBe(0);
});

test('[2.3-4, 5.5-2] the return binding with {expression}; an array gives one message each', async () => {
  await setUp();
  const service = QueueServiceClient.fromConnectionString(azurite.connection);
  const from = service.getQueueClient('from');
  await from.createIfNotExists();
  await from.sendMessage(Buffer.from('{"kind":"books"}').toString('base64'));
  const target = service.getQueueClient('to-books');
  await waitFor('two messages', async () => (await target.exists()) && (await depth(target)) === 2);
  const { receivedMessageItems } = await target.receiveMessages({ numberOfMessages: 2 });
  const texts = receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString());
  expect(texts.sort()).toEqual(['plain', '{"copy":"books"}']);
});

test('[2.3-2, 2.3-11] an unset %NAME% or connection puts that function in error; the others run', async () => {
  const { host } = await setUp();
  const answer = await fetch(`${host.url}/_fanops/health`);
  const health = (await answer.json()) as { functions: { name: string; state: string; error?: string }[] };
  const byName = Object.fromEntries(health.functions.map((fn) => [fn.name, fn]));
  expect(byName.badSetting).toMatchObject({
    state: 'error',
    error: expect.stringContaining('NO_SUCH_SETTING') as string,
  });
  expect(byName.badConnection).toMatchObject({
    state: 'error',
    error: expect.stringContaining('NO_SUCH_STORE') as string,
  });
  expect(byName.worker).toMatchObject({ state: 'ready' });
  expect(host.stderr()).not.toContain('AccountKey');
});
