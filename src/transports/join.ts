import type { Duplex } from 'node:stream';

/**
 * Joins two connections: what one reads the other writes, each end is passed on, and when one is gone the other goes
 * too.
 */
export function join(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    // Either side may break off at any time; that is the end of the connection, not a failure of who carries it.
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
