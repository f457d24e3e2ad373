import { createServer, type AddressInfo } from 'node:net';
import { isFree } from '../../src/providers/local/ports.js';

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A range of ports that nothing listens on now, below those that the system hands out by itself. */
export async function freeRange(length: number): Promise<[number, number]> {
  for (;;) {
    const from = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length }, (_, at) => isFree(from + at)));
    if (free.every(Boolean)) return [from, from + length - 1];
  }
}
