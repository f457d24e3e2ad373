import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { startFixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { buildApp, postJson, startByHand, withKeys } from './public-apps.js';

let azurite: Azurite;
let settings: Record<string, string>;

beforeAll(async () => {
  azurite = await startAzurite();
  const { connection } = azurite;
  settings = {
    AzureWebJobsStorage: connection,
    SAMPLES_STORAGE: connection,
    E2E_STORAGE: connection,
    StorageConnectionString: connection,
  };
});
afterAll(() => azurite.stop());

const table = (name: string): TableClient =>
  TableClient.fromConnectionString(azurite.connection, name, { allowInsecureConnection: true });
const queue = (name: string) => QueueServiceClient.fromConnectionString(azurite.connection).getQueueClient(name);
const container = (name: string) => BlobServiceClient.fromConnectionString(azurite.connection).getContainerClient(name);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function send(name: string, text: string): Promise<void> {
  await queue(name).createIfNotExists();
  await queue(name).sendMessage(base64(text));
}

async function upload(folder: string, name: string, text: string): Promise<void> {
  await container(folder).createIfNotExists();
  await container(folder).getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
}

/** The content of a blob, once it is there. */
const blobText = (folder: string, name: string): Promise<string> =>
  waitFor(
    `${folder}/${name}`,
    async () => {
      const blob = container(folder).getBlobClient(name);
      return (await blob.exists()) ? (await blob.downloadToBuffer()).toString() : undefined;
    },
    40_000,
  );

/** The texts of a queue's messages, sorted, once there are so many. */
const messages = (name: string, count: number): Promise<string[]> =>
  waitFor(
    `${count} messages in ${name}`,
    async () => {
      if (!(await queue(name).exists())) return undefined;
      const { peekedMessageItems } = await queue(name).peekMessages({ numberOfMessages: 32 });
      if (peekedMessageItems.length < count) return undefined;
      return peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString()).sort();
    },
    40_000,
  );

describe('the samples of the v4 model (Azure/azure-functions-nodejs-samples)', () => {
  it('hooks, streams both ways, queue output, blob and table inputs, blob trigger, retried timer', async () => {
    await table('SamplesPerson').createTable();
    await table('SamplesPerson').createEntity({ partitionKey: 'Test', rowKey: 'p1', Name: 'Ada' });
    await upload('samples', 'one.txt', 'content of one');
    await upload('samples-uploads', 'a.bin', 'abc');
    const { url, stderr } = await startFixture('public-samples', { env: settings });
    expect(await (await fetch(`${url}/api/greet?name=you`)).text()).toBe('Hello, you!');
    expect(await (await fetch(`${url}/api/greet`, { method: 'POST', body: 'body' })).text()).toBe('Hello, body!');
    const received = await fetch(`${url}/api/receive`, { method: 'POST', body: Buffer.alloc(1_000_000) });
    expect(await received.json()).toEqual({ bytes: 1_000_000 });
    const sent = await fetch(`${url}/api/send`);
    expect([sent.headers.get('content-type'), await sent.text()]).toEqual(['text/csv', 'a,b\n1,2\n3,4\n']);
    expect(await (await fetch(`${url}/api/create`, { method: 'POST', body: 'order 1' })).text()).toBe('Queued.');
    expect(await messages('samples-created', 1)).toEqual(['order 1']);

    await send('samples-copy', 'one.txt');
    await send('samples-people', 'p1');
    expect(await blobText('samples', 'one.txt-copy')).toBe('content of one');
    await waitFor(
      'the logs of all functions',
      () =>
        [
          'about to run greet',
          'has run greet',
          'the person is called Ada',
          'upload a.bin has 3 bytes',
          'the timer ran at retry 2',
        ].every((line) => stderr().includes(line)),
      40_000,
    );
  });
});

describe('a bundled app of queues (US-Trustee-Program/Bankruptcy-Oversight-Support-Systems)', () => {
  it('HTTP and timer start a queue, pages fan out, failures go to a queue of their own', async () => {
    buildApp('public-dataflows');
    const { args, master } = withKeys();
    const { url, stderr } = await startFixture('public-dataflows', { env: settings, args });
    await send('sync-cases-start', '{}');
    await send('sync-cases-page', '[]');
    expect((await postJson(`${url}/import/sync-cases`, { cases: ['a', 'bad1', 'c'] })).status).toBe(202);
    expect(await messages('sync-cases-dlq', 1)).toEqual([JSON.stringify({ id: 'bad1', error: 'unknown case' })]);
    await waitFor('both pages', () => stderr().includes('page of 2: a bad1') && stderr().includes('page of 1: c'));
    expect(await startByHand(url, 'SYNC-CASES-timerTrigger', master)).toBe(202);
    await waitFor('the timer', () => stderr().includes('SYNC-CASES-timerTrigger'));
    expect((await fetch(`${url}/import/sync-cases`)).status).toBe(404);
  });
});

describe("the storage part of the platform's own test app (Azure/azure-functions-nodejs-e2e-tests)", () => {
  it('one output shared by two functions, blob to blob by captures, table rows by filter', async () => {
    await table('BindingRows').createTable();
    await upload('bindings', 'shared.txt', 'text');
    await upload('bindings', 'in/doc.txt', 'the doc');
    const { args, host } = withKeys();
    const { url } = await startFixture('public-bindings', { env: settings, args });
    const rows = [
      { PartitionKey: 'key', RowKey: 'r1', Value: 1 },
      { PartitionKey: 'key', RowKey: 'r2', Value: 2 },
    ];
    const keyed = { 'x-functions-key': host };
    expect((await postJson(`${url}/api/rowsOut`, rows)).status).toBe(401);
    expect((await postJson(`${url}/api/rowsOut`, rows, keyed)).status).toBe(201);
    expect(await (await fetch(`${url}/api/rows/r2`, { headers: keyed })).json()).toEqual([
      expect.objectContaining(rows[1]!),
    ]);
    expect((await postJson(`${url}/api/rowsOut`, rows[0], keyed)).status).toBe(500);
    expect(await messages('shared-output', 2)).toEqual(['text-extra', 'text-returned']);
    expect(await blobText('bindings', 'out/doc.txt')).toBe('the doc');
  });
});

describe('a v3 app on the table SDK (ThomasPe/Azure-Functions-NodeJS-Table-Storage-CRUD)', () => {
  it('one function for four methods by a catch-all route, and one of callbacks', async () => {
    const { url } = await startFixture('public-todo', { env: settings });
    const created = await postJson(`${url}/api/todos`, { title: 'first' });
    const { rowKey } = (await created.json()) as { rowKey: string };
    expect([created.status, created.headers.get('location')]).toEqual([201, `api/todos/${rowKey}`]);
    expect(await (await fetch(`${url}/api/todos/${rowKey}`)).json()).toMatchObject({ title: 'first' });
    const put = await fetch(`${url}/api/todos/${rowKey}`, { method: 'PUT', body: '{"title":"second"}' });
    expect(await put.json()).toEqual({ title: 'second', partitionKey: 'todo', rowKey });
    expect(await (await fetch(`${url}/api/todos`)).json()).toEqual(['second']);
    expect(await (await fetch(`${url}/api/ItemRead?id=${rowKey}`)).json()).toEqual({ title: 'second' });
    const removed = await fetch(`${url}/api/todos/${rowKey}`, { method: 'DELETE' });
    expect([removed.status, await removed.text()]).toEqual([204, '']);
    expect(await (await fetch(`${url}/api/ItemRead?id=${rowKey}`)).json()).toEqual({ error: 404 });
    expect((await fetch(`${url}/api/todos/none`)).status).toBe(500);
  });
});

describe('a v3 function with a table output and no http output (253-OOB/PCHealth-AzureFunctionsJS)', () => {
  it('writes the entity and answers 204', async () => {
    await table('LeafBasicData').createTable();
    const { args, host } = withKeys();
    const { url, stderr } = await startFixture('public-leaf', { env: settings, args });
    const data = { LEAFNAME: 'leaf', TIMESTAMP: 7, PROCESSORLOAD: [{ VALUE: '12' }], RAMUSAGE: [{ VALUE: '34' }] };
    expect((await postJson(`${url}/api/PostToTable`, data)).status).toBe(401);
    const answer = await fetch(`${url}/api/PostToTable?code=${host}`, { method: 'POST', body: JSON.stringify(data) });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(await table('LeafBasicData').getEntity('leaf', '7')).toMatchObject({ ProcessorLoad: '12', RAMUsage: '34' });
    expect(stderr()).toMatch(/done/);
  });
});
