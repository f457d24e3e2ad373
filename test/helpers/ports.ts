import { isFree } from '../../src/providers/local/ports.js';

/** Below those that the system gives to outgoing connections: one of these may take a port between the look and its use. */
const FIRST = 10_000;
const COUNT = 22_000;

const anyPort = (room = 1): number => FIRST + Math.floor(Math.random() * (COUNT - room));

/** Ports of 127.0.0.1 that nothing listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = anyPort();
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** A range of ports that nothing listens on now. */
export async function freeRange(length: number): Promise<[number, number]> {
  for (;;) {
    const from = anyPort(length);
    const free = await Promise.all(Array.from({ length }, (_, at) => isFree(from + at)));
    if (free.every(Boolean)) return [from, from + length - 1];
  }
}
