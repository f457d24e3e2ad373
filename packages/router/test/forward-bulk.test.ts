import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { backend, startRouter, stateOf, until } from './helpers.js';

const one = (url: string) => stateOf([{ name: 'vm', url, weight: 100 }]);

const bulk = Buffer.alloc(1 << 20, 'x');
const total = 200;

/** Writes `total` MB as fast as the other side takes them. */
async function writeBulk(to: Writable, taken: (megabytes: number) => void): Promise<void> {
  for (let n = 1; n <= total; n += 1) {
    if (!to.write(bulk)) await once(to, 'drain');
    taken(n);
  }
  to.end();
}

/** Waits until the writer stands still. */
async function standstill(taken: () => number): Promise<void> {
  let last = -1;
  await until('a standstill', async () => {
    const before = last;
    last = taken();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return before === last;
  });
}

test('a large upload is held back by an upstream that does not read, then passes whole', async () => {
  let upstream: IncomingMessage | undefined;
  const { url: target } = await backend((req, res) => {
    upstream = req.once('end', () => res.end());
  });
  const { url } = await startRouter(one(target));
  const req = request(`${url}/api/flow`, { method: 'POST', agent: false });
  let taken = 0;
  const upload = writeBulk(req, (megabytes) => {
    taken = megabytes;
  });
  const reading = await until('the request upstream', () => upstream);
  await standstill(() => taken);
  expect(taken).toBeLessThan(total / 2);
  let received = 0;
  reading.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await upload;
  await once(req, 'response');
  expect(received).toBe(total << 20);
});

test('a large response is held back by a client that does not read, then passes whole', async () => {
  let taken = 0;
  const { url: target } = await backend((_req, res) => {
    void writeBulk(res, (megabytes) => {
      taken = megabytes;
    });
  });
  const { url, log } = await startRouter(one(target));
  const [res] = (await once(request(`${url}/api/flow`, { agent: false }).end(), 'response')) as [IncomingMessage];
  await standstill(() => taken);
  expect(taken).toBeLessThan(total / 2);
  let received = 0;
  for await (const chunk of res) received += (chunk as Buffer).length;
  expect(received).toBe(total << 20);
  expect(await until('the log line', () => log[0])).toMatchObject({ bytes: total << 20, status: 200 });
});
