import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blobPattern } from '../../src/blobs/pattern.js';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { waitFor } from '../helpers/wait.js';
import { depth, queueOf, texts } from './queue-store.js';
import { startShared, type SharedHost } from './shared-host.js';

interface Entry {
  fn?: string;
  tried?: string;
  buffer?: boolean;
  value?: unknown;
  name?: string;
  metadata?: Record<string, unknown>;
}

let azurite: Azurite;
let host: SharedHost;
let uploads: ContainerClient;
let hosts: ContainerClient;
let dir: string;

const start = (): Promise<SharedHost> =>
  startShared('store-blobs', {
    record: join(dir, 'record.jsonl'),
    state: join(dir, 'state'),
    args: ['--keys', join(dir, 'keys.json')],
    env: {
      STORE: azurite.connection,
      AzureWebJobsStorage: azurite.connection,
      FANOPS_BLOB_SCAN_MS: '200',
      AzureFunctionsWebHost__hostid: 'blobhost',
      AzureWebJobs_off_Disabled: '1',
    },
  });
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fh-'));
  writeFileSync(join(dir, 'keys.json'), '{"functionKeys":{},"masterKey":"mk","systemKeys":{}}', { mode: 0o600 });
  azurite = await startAzurite();
  const service = BlobServiceClient.fromConnectionString(azurite.connection);
  [uploads, hosts] = [service.getContainerClient('uploads'), service.getContainerClient('azure-webjobs-hosts')];
  await uploads.create();
  await uploads.uploadBlockBlob('old/before.txt', 'there before the start', 22);
  host = await start();
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const upload = async (name: string, content: string): Promise<void> => {
  await uploads.getBlockBlobClient(name).upload(content, Buffer.byteLength(content), {
    metadata: { color: 'red' },
    blobHTTPHeaders: { blobContentType: 'text/plain' },
  });
};
const entries = (fn: string): Entry[] => host.records<Entry>().filter((entry) => entry.fn === fn);
const values = (fn: string): unknown[] => entries(fn).map(({ value }) => value);

test('[6-1] a blob that was there before the start is handled', async () => {
  await waitFor('the run', () => values('uploads').includes('there before the start'));
});

test('[6-1, 6-4, 6-5, 8-4] a new blob: a Buffer, the captures of its name, its properties and metadata', async () => {
  await upload('2026/photo.of.me.jpg', '{"n":1}');
  const run = await waitFor('the run', () => entries('uploads').find(({ value }) => value === '{"n":1}'));
  expect(run).toMatchObject({
    buffer: true,
    metadata: {
      folder: 2026,
      name: 'photo.of.me',
      ext: 'jpg',
      blobTrigger: 'uploads/2026/photo.of.me.jpg',
      metadata: { color: 'red' },
      uri: uploads.getBlobClient('2026/photo.of.me.jpg').url,
      properties: { contentType: 'text/plain', contentLength: 7 },
    },
  });
  await waitFor('the function of the whole container', () =>
    entries('every').some(({ name }) => name === 'uploads/2026/photo.of.me.jpg'),
  );
  const whole = entries('every').find(({ name }) => name === 'uploads/2026/photo.of.me.jpg');
  expect(whole).toMatchObject({ buffer: false, value: { n: 1 } });
});

test('[6-1, 6-10] a blob that this host writes is seen at once; the path of the output holds expressions', async () => {
  await waitFor('the copy to be seen', () => entries('copies').some(({ name }) => name === '2026/photo.of.me.jpg'));
});

test('[6-1, 6-4] an empty blob is an empty Buffer', async () => {
  await upload('a/empty.txt', '');
  const run = await waitFor('the run', () =>
    entries('uploads').find(({ metadata }) => metadata?.blobTrigger === 'uploads/a/empty.txt'),
  );
  expect(run).toMatchObject({ buffer: true, value: '' });
});

test('[6-1] a name that does not match runs nothing', async () => {
  await upload('flat', 'no folder');
  await waitFor('the function of the whole container', () => values('every').includes('no folder'));
  expect(values('uploads')).not.toContain('no folder');
});

test('[6-2] each version of a blob runs once: a new one runs again, a restart does not', async () => {
  await upload('a/same.txt', 'first version');
  await waitFor('the first', () => values('uploads').includes('first version'));
  await upload('a/same.txt', 'second version');
  await waitFor('the second', () => values('uploads').includes('second version'));
  const before = values('uploads');
  await host.stop();
  host = await start();
  await upload('a/after.txt', 'after the restart');
  await waitFor('the new one', () => values('uploads').includes('after the restart'));
  expect(values('uploads')).toEqual([...before, 'after the restart']);
});

test('[6-2] what Azure handled is not handled again: receipts and lock are where its host has them', async () => {
  const found: string[] = [];
  for await (const { name } of hosts.listBlobsFlat()) found.push(name);
  expect(
    found.some((name) =>
      /^blobreceipts\/blobhost\/Host\.Functions\.uploads\/"0x[0-9A-F]+"\/uploads\/a\/same\.txt$/.test(name),
    ),
  ).toBe(true);
  expect(found).toContain('locks/blobhost/WebJobs.Internal.Blobs.Listener');
  expect(found).toContain('blobscaninfo/blobhost/devstoreaccount1/uploads/scanInfo');
});

test('[6-3] five tries, then the message of the blob is in webjobs-blobtrigger-poison', async () => {
  await upload('a/bad.txt', 'bad');
  const poison = queueOf(azurite.connection, 'webjobs-blobtrigger-poison');
  await waitFor('the poison message', async () => (await depth(poison)) === 1);
  expect(host.records<Entry>().filter(({ tried }) => tried === 'uploads/a/bad.txt')).toHaveLength(5);
  const [text] = await texts(poison);
  expect(JSON.parse(text!)).toMatchObject({
    Type: 'BlobTrigger',
    FunctionId: 'Host.Functions.uploads',
    BlobType: 'BlockBlob',
    ContainerName: 'uploads',
    BlobName: 'a/bad.txt',
    ETag: expect.stringMatching(/^"0x/) as string,
  });
});

test('[6-6, 6-1, 2.4-2] Event Grid and a container that is not fixed are errors; a disabled function does not run', async () => {
  const health = (await (await fetch(`${host.url}/_fanops/health`)).json()) as {
    functions: { name: string; error?: string }[];
  };
  const errors = Object.fromEntries(health.functions.flatMap(({ name, error }) => (error ? [[name, error]] : [])));
  expect(errors).toEqual({
    events: expect.stringMatching(/Event ?Grid/) as string,
    badPath: expect.stringContaining('must be fixed') as string,
  });
  expect(entries('off')).toEqual([]);
});

test('[3.3-10] a start by hand names the blob', async () => {
  const before = values('uploads').length;
  const init = { method: 'POST', headers: { 'x-functions-key': 'mk' }, body: '{"input":"uploads/a/same.txt"}' };
  expect((await fetch(`${host.url}/admin/functions/uploads`, init)).status).toBe(202);
  await waitFor('the run', () => values('uploads').length === before + 1);
});

test('[6-2] a blob that is deleted before its run is passed over', async () => {
  const queue = queueOf(azurite.connection, 'azure-webjobs-blobtrigger-blobhost');
  const message = {
    Type: 'BlobTrigger',
    FunctionId: 'Host.Functions.uploads',
    ContainerName: 'uploads',
    BlobName: 'a/gone.txt',
    ETag: '"0x1"',
  };
  await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'));
  await waitFor('the line', () => host.stderr().includes("The blob 'a/gone.txt' is passed over"));
});

test.each([
  ['box', 'any/thing', {}],
  ['box/{name}', 'a/b.txt', { name: 'a/b.txt' }],
  ['box/{name}.txt', 'a.b.txt', { name: 'a.b' }],
  ['box/{name}.{ext}', 'a.b.txt', { name: 'a.b', ext: 'txt' }],
  ['box/in/{name}', 'out/a', undefined],
  ['box/{name}.txt', 'a.TXT', undefined],
  ['box/{{x}}-{name}', '{x}-a', { name: 'a' }],
  ['box/a+(b).{name}', 'a+(b).c', { name: 'c' }],
  ['box/fixed.txt', 'fixed.txt', {}],
])('[6-1] the pattern %s and the name %s', (path, name, captures) => {
  expect(blobPattern(path).match(name)).toEqual(captures);
});

test('[6-1] paths that cannot be', () => {
  for (const path of ['', 'Box/{name}', 'box/{na', 'box/{a.b}', undefined]) expect(() => blobPattern(path)).toThrow();
});
