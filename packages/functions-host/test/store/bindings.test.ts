import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { waitFor } from '../helpers/wait.js';
import { startShared, type SharedHost } from './shared-host.js';

let azurite: Azurite;
let host: SharedHost;
let made: ContainerClient;
let docs: ContainerClient;

beforeAll(async () => {
  azurite = await startAzurite();
  const { connection } = azurite;
  const blobs = BlobServiceClient.fromConnectionString(connection);
  [made, docs] = [blobs.getContainerClient('made'), blobs.getContainerClient('docs')];
  await docs.create();
  const settings = {
    STORE: connection,
    AzureWebJobsPREFIXED: connection,
    ConnectionStrings__Listed: connection,
    AzureWebJobsStorage: connection,
    MANAGED__blobServiceUri: 'https://account.blob.core.windows.net',
    FOLDER: 'made',
    FILE_NAME: 'from-setting',
  };
  host = await startShared('store-bindings', { env: settings });
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
});

const get = async (path: string): Promise<{ status: number; body: unknown }> => {
  const answer = await fetch(`${host.url}/${path}`);
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};
const post = async (path: string, body?: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(`${host.url}/${path}`, { method: 'POST', body, headers })).status;
const read = async (container: ContainerClient, name: string): Promise<Buffer> =>
  container.getBlobClient(name).downloadToBuffer();
const names = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { name } of made.listBlobsFlat({ prefix })) found.push(name);
  return found;
};
const messages = async (queue: string): Promise<Buffer[]> => {
  const client = QueueServiceClient.fromConnectionString(azurite.connection).getQueueClient(queue);
  if (!(await client.exists())) return [];
  const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
  return receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64'));
};

test('[6-7, 6-10, 6-17, 2.3-4] blob in: text goes through the attempt at JSON, binary is a Buffer; by binding and by name', async () => {
  await docs.uploadBlockBlob('a.json', '{"n":1}', 7);
  await docs.uploadBlockBlob('a.txt', 'words', 5);
  expect((await get('read/a.json')).body).toEqual({
    text: { type: 'object', value: { n: 1 } },
    binary: { type: 'buffer', value: '{"n":1}' },
  });
  expect((await get('read/a.txt')).body).toEqual({
    text: { type: 'string', value: 'words' },
    binary: { type: 'buffer', value: 'words' },
  });
});

test('[6-7] blob in: an empty blob is an empty text and an empty Buffer', async () => {
  await docs.uploadBlockBlob('empty', '', 0);
  expect((await get('read/empty')).body).toEqual({
    text: { type: 'string', value: '' },
    binary: { type: 'buffer', value: '' },
  });
});

test('[6-8] blob in: a blob that is missing is undefined', async () => {
  expect(await get('read/nobody')).toEqual({
    status: 200,
    body: { text: { type: 'undefined' }, binary: { type: 'undefined' } },
  });
});

test.each([
  ['string', Buffer.from('plain text')],
  ['buffer', Buffer.from([0, 255, 1])],
  ['object', Buffer.from('{"a":1}')],
  ['array', Buffer.from('[1,2]')],
  ['integer', Buffer.from([2, 1, 0, 0])],
  ['double', Buffer.from([0, 0, 0, 0, 0, 0, 0xe0, 0x3f])],
  ['boolean', Buffer.from([1])],
])('[6-9] blob out: %s overwrites, and the container is made', async (kind, content) => {
  expect(await post(`write/${kind}?file=same.bin`)).toBe(200);
  expect(await read(made, 'same.bin')).toEqual(content);
});

test('[6-9] blob out: null writes nothing', async () => {
  expect(await post('write/nothing?file=nothing.bin')).toBe(200);
  expect(await made.getBlobClient('nothing.bin').exists()).toBe(false);
});

test('[2.3-4, 2.3-5, 2.3-7, 2.3-9] expressions: route over query over body, headers, query and nested names in any casing', async () => {
  const body = JSON.stringify({ ID: 'body', id: 'body', Color: 'body', order: { Size: 'big' } });
  const headers = { 'content-type': 'application/json', 'X-Tag': 'tagged' };
  expect(await post('expression/route?color=red', body, headers)).toBe(200);
  expect(await names('route-')).toEqual(['route-red-tagged-red-big']);
});

test('[2.3-6] expressions: rand-guid, sys.randGuid, datetime and sys.utcNow with formats', async () => {
  expect(await post('builtins/run1')).toBe(200);
  const [name] = await names('run1/');
  expect(name).toMatch(/^run1\/[0-9a-f-]{36}\/[0-9a-f]{32}\/\d{4}-\d\d-\d\d\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
});

test('[2.3-8, 2.3-10] expressions: a name without a value fails the invocation; code is left out of the query', async () => {
  expect((await get('missing')).status).toBe(500);
  expect(host.stderr()).toContain("No value for '{nobody}'");
  expect((await get('code-name?code=secret')).status).toBe(500);
});

test('[2.3-1, 2.3-3] %NAME% comes from the settings, in any casing', async () => {
  expect((await get('settings')).status).toBe(200);
  expect(await names('from-setting')).toEqual(['from-setting.txt']);
});

test('[2.3-2, 2.3-12] an unset or open %, an open brace, and an identity put their functions in error; the others run', async () => {
  const health = (await (await fetch(`${host.url}/_fanops/health`)).json()) as {
    functions: { name: string; error?: string }[];
  };
  const errors = Object.fromEntries(health.functions.flatMap(({ name, error }) => (error ? [[name, error]] : [])));
  expect(errors).toEqual({
    unsetSetting: expect.stringContaining('NO_SUCH_SETTING') as string,
    openPercent: expect.stringContaining('not closed') as string,
    openBrace: expect.stringContaining('has no partner') as string,
    identity: expect.stringMatching(/'MANAGED' uses a managed identity/) as string,
  });
  expect((await get('unset')).status).toBe(404);
});

test('[2.3-11] connections: AzureWebJobs before the name, connection strings, and AzureWebJobsStorage by default', async () => {
  expect((await get('stores')).status).toBe(200);
  for (const name of ['prefixed', 'listed', 'default']) expect(await names(name)).toEqual([name]);
});

const people = [
  {
    PartitionKey: 'red',
    RowKey: '1',
    Name: "O'Hara",
    Age: 40,
    Big: 9007199254740991,
    Rate: 0.5,
    Active: true,
    Tags: { a: 1 },
  },
  { partitionKey: 'red', rowkey: '2', Name: 'Ada', Age: 36 },
  { PartitionKey: 'red', RowKey: '3', Name: 'Bo', Age: 20 },
  { PartitionKey: 'blue', RowKey: '1', Name: 'Cy', Age: 70 },
];
interface Answer {
  value?: Record<string, unknown> | Record<string, unknown>[];
}
const value = async (path: string): Promise<Answer['value']> => ((await get(path)).body as Answer).value;

test('[6-14, 6-13, 6-11] table out inserts an array and makes the table; one entity comes back with its keys and properties', async () => {
  expect(await post('people', JSON.stringify(people))).toBe(201);
  expect(await value('person/red/1')).toEqual({ ...people[0], Tags: '{"a":1}' });
  expect(await value('person/red/9')).toBeUndefined();
});

test('[6-12] table in: an array of the partition, with take, with filter', async () => {
  const ids = async (path: string): Promise<unknown[]> =>
    ((await value(path)) as Record<string, unknown>[]).map(({ Name }) => Name);
  expect(await ids('team/red')).toEqual(["O'Hara", 'Ada', 'Bo']);
  expect(await ids('first-two/red')).toEqual(["O'Hara", 'Ada']);
  expect((await ids('older/40')).sort()).toEqual(['Cy', "O'Hara"]);
  expect(await ids("named/red/O'Hara")).toEqual(["O'Hara"]);
  expect(await ids("named/red/x' or Age ge 0 or Name eq 'x")).toEqual([]);
  expect(await value('no-table')).toEqual([]);
});

test('[6-12] table in: a value that is no literal cannot get into a filter outside quotes', async () => {
  expect((await get(`older/${encodeURIComponent('0 or Age ge 0')}`)).status).toBe(500);
});

test('[6-15] table out: a conflict fails the invocation, and nothing of that partition is written', async () => {
  expect(await post('people', JSON.stringify({ PartitionKey: 'red', RowKey: '1' }))).toBe(500);
  expect(
    await post(
      'people',
      JSON.stringify([
        { PartitionKey: 'red', RowKey: '7' },
        { PartitionKey: 'red', RowKey: '1' },
      ]),
    ),
  ).toBe(500);
  expect(await value('person/red/7')).toBeUndefined();
});

test('[6-14] table out: the binding gives the keys that the entity lacks; a hundred and more go in batches', async () => {
  expect(await post('log/logs', JSON.stringify(Array.from({ length: 205 }, (_, n) => ({ rowKey: n, n }))))).toBe(201);
  const client = TableClient.fromConnectionString(azurite.connection, 'logs', { allowInsecureConnection: true });
  let count = 0;
  for await (const entity of client.listEntities()) if (entity.partitionKey === 'log') count++;
  expect(count).toBe(205);
  expect(await post('log/logs', JSON.stringify({ n: 1 }))).toBe(500);
});

test.each([
  ['object', ['{"a":1}']],
  ['array', ['{"n":1}', 'two', '3']],
  ['arrayText', ['{"n":1}', 'two']],
  ['text', ['some text']],
  ['number', ['12']],
  ['nothing', []],
  ['notJson', ['[broken']],
])('[5.5-1, 5.5-2, 5.5-3, 5.5-4, 5.5-5, 5.5-7, 5.5-8] queue out: %s', async (kind, expected) => {
  expect(await post(`queue/${kind}/${kind.toLowerCase()}`)).toBe(200);
  expect((await messages(`jobs-${kind.toLowerCase()}`)).map(String).sort()).toEqual([...expected].sort());
});

test('[5.5-6] queue out: a Buffer is stored as its bytes', async () => {
  expect(await post('queue/buffer/bytes')).toBe(200);
  expect(await messages('jobs-bytes')).toEqual([Buffer.from([1, 2, 255])]);
});

test('[5.5-9] outputs are written before the answer, and not at all when the function failed', async () => {
  expect(await post('both/ok')).toBe(200);
  expect(await messages('jobs-ok')).toHaveLength(1);
  expect(await post('both/failed?fail=1')).toBe(500);
  expect(await messages('jobs-failed')).toEqual([]);
});

test('[5.5-10, 5.5-11] a failed write is 500 with an empty body; queues come after the others', async () => {
  const answer = await fetch(`${host.url}/broken/order`, { method: 'POST' });
  expect([answer.status, await answer.text()]).toEqual([500, '']);
  expect(await messages('jobs-order')).toEqual([]);
});

test('[6-16] an input that cannot be read fails the invocation before the function runs', async () => {
  expect((await get('broken-input')).status).toBe(500);
  expect(host.records<{ ran?: string }>().some(({ ran }) => ran === 'brokenInput')).toBe(false);
});

test('[6-18] one output object in two functions, as an extra output and as the return', async () => {
  const queues = QueueServiceClient.fromConnectionString(azurite.connection);
  expect(await post('shared')).toBe(200);
  const inbox = queues.getQueueClient('shared-in');
  await inbox.createIfNotExists();
  await inbox.sendMessage(Buffer.from('hello').toString('base64'));
  const seen: string[] = [];
  await waitFor('both messages', async () => seen.push(...(await messages('shared')).map(String)) >= 2);
  expect(seen.sort()).toEqual(['from extra', 'returned hello']);
});

test('[2.3-4] a queue message names the blobs that its function reads and writes', async () => {
  await docs.uploadBlockBlob('note.txt', 'remember', 8);
  const queue = QueueServiceClient.fromConnectionString(azurite.connection).getQueueClient('enrich');
  await queue.createIfNotExists();
  await queue.sendMessage(Buffer.from('{"id":"m1","file":{"name":"note.txt"}}').toString('base64'));
  await waitFor('the blob', () => made.getBlobClient('m1-note.txt').exists());
  expect(String(await read(made, 'm1-note.txt'))).toBe('m1: remember');
});
