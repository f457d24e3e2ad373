import { createServer, type AddressInfo } from 'node:net';

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A range of ports that starts at a free one. */
export async function freeRange(length: number): Promise<[number, number]> {
  const from = Math.min(await freePort(), 65_535 - length);
  return [from, from + length];
}
