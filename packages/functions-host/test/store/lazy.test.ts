import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { startFixture, tempDir } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite?.stop());

/** Writes down each module that the process asks for. */
function spy(): { env: Record<string, string>; sdks: () => string[] } {
  const dir = tempDir();
  const [hooks, seen] = [join(dir, 'hooks.mjs'), join(dir, 'seen.txt')];
  writeFileSync(seen, '');
  writeFileSync(
    hooks,
    `
    import { appendFileSync } from 'node:fs';
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) { appendFileSync(${JSON.stringify(seen)}, specifier + '\\n');
      return next(specifier, context); } });`,
  );
  const asked = (): string[] => [...new Set(readFileSync(seen, 'utf8').split('\n'))];
  return {
    env: { NODE_OPTIONS: `--import ${hooks}` },
    sdks: () =>
      asked()
        .filter((name) => /^@azure\/(storage|data)-[a-z]+$/.test(name))
        .sort(),
  };
}

test('an app without storage bindings loads no storage SDK', async () => {
  const { env, sdks } = spy();
  const host = await startFixture('http', { env: { ...env, AzureWebJobsStorage: azurite.connection } });
  expect((await fetch(`${host.url}/admin/host/ping`)).status).toBe(200);
  expect(sdks()).toEqual([]);
});

test('an app with queues alone loads the SDK of queues alone', async () => {
  const { env, sdks } = spy();
  const service = QueueServiceClient.fromConnectionString(azurite.connection);
  await service.getQueueClient('lazy').create();
  const record = join(tempDir(), 'record.jsonl');
  await startFixture('store-queues', {
    env: { ...env, STORE: azurite.connection, QUEUE: 'lazy', RECORD_FILE: record },
  });
  await waitFor('the SDK', () => sdks().includes('@azure/storage-queue'));
  expect(sdks().filter((name) => name !== '@azure/storage-common')).toEqual(['@azure/storage-queue']);
});
