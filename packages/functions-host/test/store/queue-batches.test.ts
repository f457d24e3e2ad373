import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { waitFor } from '../helpers/wait.js';
import { depth, queueOf, send, texts } from './queue-store.js';
import { startShared, type SharedHost } from './shared-host.js';

interface Entry {
  pid: number;
  began?: string;
  ended?: string;
  running?: number;
  message?: string;
  binary?: number[] | string;
  retried?: number;
  dequeueCount?: number;
}

let azurite: Azurite;
let host: SharedHost;
beforeAll(async () => {
  azurite = await startAzurite();
  const { connection } = azurite;
  for (const name of ['', '-batch', '-binary', '-retried']) await queueOf(connection, `one${name}`).create();
  // All are there at the first look: messages that come one by one would be fetched in batches of their own.
  for (let n = 0; n < 12; n++) await send(queueOf(connection, 'one-batch'), `m${n}`);
  host = await startShared('store-queues', { env: { STORE: connection, QUEUE: 'one' } });
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
});

test('[5.1-1, 5.1-2, 5.2-2, 5.2-3] a batch starts at once; the next is fetched when no more than newBatchThreshold run', async () => {
  const queue = queueOf(azurite.connection, 'one-batch');
  const file = join(host.dir, 'record.jsonl');
  onTestFinished(() => writeFileSync(`${file}.open-all`, ''));
  const started = (): Entry[] => host.records<Entry>().filter(({ running }) => running !== undefined);
  const open = (index: number): void => writeFileSync(`${file}.open-${started()[index]!.message}`, '');
  await waitFor('the first batch', () => started().length >= 4);
  expect(started().map(({ running }) => running)).toEqual([1, 2, 3, 4]);
  open(0);
  await waitFor('one to end', async () => (await depth(queue)) === 11);
  expect(started()).toHaveLength(4);
  open(1);
  await waitFor('the second batch', () => started().length >= 8);
  expect(started().at(-1)!.running).toBe(6);
  for (let n = 2; n < 6; n++) open(n);
  await waitFor('the third batch', () => started().length >= 12);
  expect(Math.max(...started().map(({ running }) => running!))).toBe(6);
});

test('[5.4-3] dataType binary gives the bytes', async () => {
  await queueOf(azurite.connection, 'one-binary').sendMessage(Buffer.from([0, 1, 255]).toString('base64'));
  await waitFor('the message', () =>
    host.records<Entry>().some(({ binary }) => JSON.stringify(binary) === '[0,1,255]'),
  );
});

test('[5.6-6, 5.1-4] a retry policy comes before the dequeue count, with a warning at the start; poison after five times', async () => {
  const poison = queueOf(azurite.connection, 'one-retried-poison');
  await send(queueOf(azurite.connection, 'one-retried'), 'worn');
  await waitFor('the poison message', async () => (await depth(poison)) === 1);
  const tries = host.records<Entry>().filter(({ retried }) => retried !== undefined);
  expect(tries.map(({ dequeueCount, retried }) => [dequeueCount, retried])).toEqual(
    [1, 2, 3, 4, 5].flatMap((count) => [
      [count, 0],
      [count, 1],
    ]),
  );
  expect(await texts(poison)).toEqual(['worn']);
  expect(host.stderr()).toContain("The retry policy of 'retried' runs before the queue trigger's own tries");
});
