import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { expect, onTestFinished, test } from 'vitest';
import { BlobService } from '../../src/blobs/service.js';
import { QueueService } from '../../src/queues/service.js';
import { TableService } from '../../src/tables/service.js';
import { startAzurite } from '../helpers/azurite.js';
import { packageRoot, startFixture, tempDir } from '../helpers/host.js';
import { depth, queueOf } from './queue-store.js';

test('the bundle alone, away from any node_modules of ours, reads and writes blobs, tables and queues', async () => {
  const azurite = await startAzurite();
  onTestFinished(() => azurite.stop());
  const dir = mkdtempSync(join(tmpdir(), 'fh-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const program = join(dir, 'functions-host.cjs');
  copyFileSync(join(packageRoot, 'dist', 'bundle', 'functions-host.cjs'), program);
  const { connection } = azurite;
  const settings = {
    STORE: connection,
    AzureWebJobsStorage: connection,
    FOLDER: 'made',
    FILE_NAME: 'x',
    RECORD_FILE: join(tempDir(), 'record.jsonl'),
  };
  const { url, stop } = await startFixture('store-bindings', { program, env: settings });
  const post = async (path: string, body?: string): Promise<number> =>
    (await fetch(`${url}/${path}`, { method: 'POST', body })).status;
  expect(await post('write/string?file=a.txt')).toBe(200);
  expect(await post('people', '{"PartitionKey":"red","RowKey":"1","Name":"Ada"}')).toBe(201);
  expect(await (await fetch(`${url}/person/red/1`)).json()).toEqual({
    value: { PartitionKey: 'red', RowKey: '1', Name: 'Ada' },
  });
  expect(await post('queue/object/bundled')).toBe(200);
  expect(await depth(queueOf(connection, 'jobs-bundled'))).toBe(1);
  expect(await stop()).toBe(0);
});

test('[2.3-11] UseDevelopmentStorage=true is the emulator at its usual ports, for all three services', async () => {
  const connection = 'UseDevelopmentStorage=true';
  const blobs = await new BlobService().container(connection, 'box');
  const queue = await new QueueService().client(connection, 'line');
  const table = await new TableService().client(connection, 'people');
  expect([blobs.url, queue.url, table.url]).toEqual([
    'http://127.0.0.1:10000/devstoreaccount1/box',
    'http://127.0.0.1:10001/devstoreaccount1/line',
    'http://127.0.0.1:10002/devstoreaccount1',
  ]);
  expect(queue).toBeInstanceOf(QueueServiceClient.fromConnectionString(connection).getQueueClient('x').constructor);
});

test('a connection string that makes no sense is told without its text', async () => {
  const secret = 'DefaultEndpointsProtocol=https;AccountKey=c2VjcmV0';
  const clients: Promise<unknown>[] = [
    new BlobService().container(secret, 'a'),
    new QueueService().client(secret, 'a'),
    new TableService().client(secret, 'abc'),
  ];
  for (const client of clients) await expect(client).rejects.toThrow('The storage connection string is not valid.');
});
