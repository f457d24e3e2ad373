import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Backoff } from '../../src/queues/backoff.js';
import { QueueListener } from '../../src/queues/listener.js';
import { runMessage, type MessageRunContext } from '../../src/queues/message-run.js';
import { poisonQueueName } from '../../src/queues/poison.js';
import { startAzurite, type Azurite } from '../helpers/azurite.js';
import { waitFor } from '../helpers/wait.js';
import { depth, queueOf, send, texts } from './queue-store.js';

let azurite: Azurite;
let queue: QueueClient;
let poison: QueueClient;
let sequence = 0;
let log: string[];
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite?.stop());
beforeEach(async () => {
  log = [];
  const name = `messages-${++sequence}`;
  queue = queueOf(azurite.connection, name);
  poison = queueOf(azurite.connection, `${name}-poison`);
  await queue.create();
});

function context(more: Partial<MessageRunContext>): MessageRunContext {
  return {
    queue,
    poisonQueue: poison,
    leaseSeconds: 600,
    options: { maxDequeueCount: 5, visibilityTimeout: 0 },
    execute: () => Promise.resolve(),
    isHopeless: () => false,
    log: (_level, message) => log.push(message),
    ...more,
  };
}

async function receive(visibilityTimeout = 600): Promise<DequeuedMessageItem> {
  return waitFor('a message', async () => (await queue.receiveMessages({ visibilityTimeout })).receivedMessageItems[0]);
}

const failing = { execute: () => Promise.reject(new Error('asked to fail')) };

test('[5.2-4] the lease is renewed at half its time: a message stays hidden while its function runs, and is deleted then', async () => {
  await send(queue, 'long');
  const message = await receive(1);
  let seenByOthers = 0;
  const began = Date.now();
  await runMessage(
    context({
      leaseSeconds: 1,
      execute: () =>
        waitFor('three leases', async () => {
          seenByOthers += (await queue.peekMessages()).peekedMessageItems.length;
          return Date.now() - began > 3300;
        }),
    }),
    message,
  );
  expect(seenByOthers).toBe(0);
  expect(await depth(queue)).toBe(0);
});

test('[5.2-4] without a renewal the message would be seen: the lease is real', async () => {
  await send(queue, 'short');
  await receive(1);
  await waitFor('the message to be seen', async () => (await queue.peekMessages()).peekedMessageItems.length === 1);
});

test('[5.2-4, 5.3-7] a renewal that fails is tried again; a message that was taken away is let go without an error', async () => {
  await send(queue, 'taken');
  const message = await receive(1);
  const thief = await receive();
  await runMessage(
    context({ leaseSeconds: 1, execute: () => waitFor('two renewals', () => log.length >= 2) }),
    message,
  );
  expect(log[0]).toContain('could not be renewed');
  expect(await depth(queue)).toBe(1);
  await queue.deleteMessage(thief.messageId, thief.popReceipt);
  await runMessage(context({}), thief);
});

test('[5.3-1] a message that comes with too high a count goes to poison without a run', async () => {
  await send(queue, 'worn');
  let runs = 0;
  await runMessage(context({ execute: () => Promise.resolve(runs++) }), { ...(await receive()), dequeueCount: 6 });
  expect([runs, await texts(poison), await depth(queue)]).toEqual([0, ['worn'], 0]);
});

test('[5.3-3, 5.1-5] a failed message is visible again after visibilityTimeout, a running one only after its lease', async () => {
  await send(queue, 'again');
  await runMessage(context(failing), await receive());
  expect((await queue.peekMessages()).peekedMessageItems).toHaveLength(1);
  await runMessage(context({ ...failing, options: { maxDequeueCount: 5, visibilityTimeout: 900 } }), await receive());
  expect((await queue.peekMessages()).peekedMessageItems).toHaveLength(0);
  await waitFor('it to be visible', async () => (await queue.peekMessages()).peekedMessageItems.length === 1);
});

test('[5.3-4] the last failure moves the message to the poison queue, which is made', async () => {
  await send(queue, 'bad');
  expect(await poison.exists()).toBe(false);
  await runMessage(context(failing), { ...(await receive()), dequeueCount: 5 });
  expect([await texts(poison), await depth(queue)]).toEqual([['bad'], 0]);
  expect(log.join()).toContain(`moved to '${poison.name}' after 5 attempts`);
});

test('[5.3-5] a poison queue has none of its own, nor one with too long a name: the message waits for its lease to end', async () => {
  expect([poisonQueueName('a-poison'), poisonQueueName('a'.repeat(57)), poisonQueueName('a'.repeat(56))]).toEqual([
    undefined,
    undefined,
    `${'a'.repeat(56)}-poison`,
  ]);
  await send(queue, 'stuck');
  await runMessage(context({ ...failing, poisonQueue: undefined }), { ...(await receive(1)), dequeueCount: 5 });
  expect(await depth(queue)).toBe(1);
  expect((await receive()).dequeueCount).toBe(2);
});

test('[5.2-5, 5.1-3] empty polls wait 100 ms, then longer and longer up to the limit, not always the same; a message starts over', () => {
  const waits = (): number[] => {
    const backoff = new Backoff(5000);
    return Array.from({ length: 9 }, () => backoff.next());
  };
  const [first, second] = [waits(), waits()];
  expect(first[0]).toBe(100);
  const bounds = [
    [180, 220],
    [260, 340],
    [420, 580],
    [740, 1060],
    [1380, 2020],
    [2660, 3940],
    [5000, 5000],
    [5000, 5000],
  ];
  first.slice(1).forEach((wait, index) => {
    expect(wait).toBeGreaterThanOrEqual(bounds[index]![0]!);
    expect(wait).toBeLessThanOrEqual(bounds[index]![1]!);
  });
  expect(first).not.toEqual(second);
  const backoff = new Backoff(5000);
  for (let n = 0; n < 5; n++) backoff.next();
  backoff.reset();
  expect([backoff.next(), new Backoff(50).next()]).toEqual([100, 50]);
});

test('[5.2-7] errors of the server back off, are logged once, and polling goes on when it answers again', async () => {
  let calls = 0;
  const broken = Object.create(queue, {
    receiveMessages: {
      value: (options: object) => {
        calls++;
        if (calls <= 4) return Promise.reject(Object.assign(new Error('busy'), { code: 'ServerBusy' }));
        return queue.receiveMessages(options);
      },
    },
  }) as QueueClient;
  const seen: string[] = [];
  const options = {
    batchSize: 1,
    newBatchThreshold: 0,
    maxPollingInterval: 100,
    maxDequeueCount: 5,
    visibilityTimeout: 0,
  };
  const listener = new QueueListener({
    ...context({ execute: (message) => Promise.resolve(seen.push(message.messageId)) }),
    options,
    queue: broken,
    onWrite: () => () => undefined,
  });
  await send(queue, 'late');
  listener.start();
  await waitFor('the message', () => seen.length === 1);
  await listener.stop();
  expect(log.filter((line) => line.includes('ServerBusy'))).toHaveLength(1);
});
