import { BlobServiceClient, type BlobServiceClient as Blobs } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { waitFor } from '../helpers/wait.js';
import { depth, queueOf, send, texts } from './queue-store.js';
import { startShared, type SharedHost } from './shared-host.js';

let azurite: Azurite;
let host: SharedHost;
let blobs: Blobs;
beforeAll(async () => {
  azurite = await startAzurite();
  const { connection } = azurite;
  blobs = BlobServiceClient.fromConnectionString(connection);
  for (const name of ['docs', 'inbox']) await blobs.getContainerClient(name).create();
  await blobs.getContainerClient('docs').uploadBlockBlob('a.json', '{"n":1}', 7);
  await queueOf(connection, 'orders').create();
  host = await startShared('store-v3', {
    env: { STORE: connection, AzureWebJobsStorage: connection, FANOPS_BLOB_SCAN_MS: '200' },
  });
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
});

const received = async (queue: string): Promise<Record<string, unknown>> => {
  const client = queueOf(azurite.connection, queue);
  await waitFor(`a message in ${queue}`, async () => (await depth(client)) > 0);
  return JSON.parse((await texts(client))[0]!) as Record<string, unknown>;
};

test('[6-7, 6-8, 6-12, 6-14] v3: the trigger, then the inputs in the order of function.json; a missing one keeps its place', async () => {
  const answer = await fetch(`${host.url}/join/a.json`);
  expect(await answer.json()).toEqual({
    missing: 'undefined',
    text: { n: 1 },
    bytes: '{"n":1}',
    rows: [],
    named: true,
    count: 6,
  });
  const again = (await (await fetch(`${host.url}/join/a.json`)).json()) as { rows: unknown };
  expect(again.rows).toEqual([{ PartitionKey: 'a.json', RowKey: '0', n: 0 }]);
  expect((await texts(queueOf(azurite.connection, 'notes'))).sort()).toEqual(['two', 'two', '{"a":1}', '{"a":1}']);
});

test('[6-9, 5.4-5, 8-3] v3: $return to a blob whose name is in the message', async () => {
  await send(queueOf(azurite.connection, 'orders'), '{"id":"o1","kind":"book"}');
  const blob = blobs.getContainerClient('made').getBlobClient('o1.json');
  await waitFor('the blob', () => blob.exists());
  const written = JSON.parse((await blob.downloadToBuffer()).toString()) as { order: unknown; data: string[] };
  expect(written.order).toEqual({ id: 'o1', kind: 'book' });
  expect(written.data).toEqual(
    expect.arrayContaining(['dequeueCount', 'id', 'insertionTime', 'kind', 'popReceipt', 'queueTrigger']),
  );
});

test('[8-2, 4-28, 5.6-1] v3: a timer has its time in bindingData; the policy of host.json tries it again', async () => {
  expect(await received('reports')).toEqual({
    isPastDue: false,
    retryCount: 1,
    timerTrigger: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/) as string,
  });
});

test('[5.6-1] v3: the policy of function.json wins', async () => {
  await waitFor('the last attempt', () => host.stderr().includes('tick attempt 2 of 2'));
  expect(host.stderr().match(/tick attempt \d/g)).toHaveLength(3);
});

test('[6-1, 6-4, 8-4] v3: a blob trigger', async () => {
  await blobs.getContainerClient('inbox').uploadBlockBlob('letter.txt', 'dear', 4);
  expect(await received('seen')).toEqual({
    buffer: true,
    text: 'dear',
    file: 'letter.txt',
    uri: blobs.getContainerClient('inbox').getBlobClient('letter.txt').url,
  });
});
