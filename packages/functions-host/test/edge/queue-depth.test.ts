import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { startFixture, tempDir } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { ask } from './running.js';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

it('the depth of the queues that trigger functions is among the metrics, also of disabled functions', async () => {
  const queues = QueueServiceClient.fromConnectionString(azurite.connection);
  const orders = queues.getQueueClient('depth-orders');
  await orders.create();
  for (const text of ['a', 'b', 'c']) await orders.sendMessage(Buffer.from(text).toString('base64'));
  const host = await startFixture('queues', {
    env: {
      STORE: azurite.connection,
      ORDERS_QUEUE: 'depth-orders',
      RECORD_FILE: `${tempDir()}/record`,
      AzureWebJobs_worker_Disabled: '1',
    },
  });
  const text = await waitFor('the depth', async () => {
    const { body } = await ask(host.url, '/_fanops/metrics');
    return body.includes('fanops_queue_depth{') && body;
  });
  expect(text).toContain('fanops_queue_depth{function="worker",queue="depth-orders"} 3\n');
  expect(text).not.toContain('function="badConnection",queue');
});
