import { runScript } from '../core/host-script.js';

/**
 * Command lines for the lock that keeps two operators off one service. It lives on the hosts as numbered files:
 * `lock.N` (first line: end of the lease in epoch seconds of the host's clock; rest: the holder as JSON), `until.N` (a
 * renewed lease),
 * `released.N`. Taking it is one link(2) to the next number, which only one can win; the number is the fencing number.
 */
const lock = (script: string, ...args: string[]): string[] => runScript(`lock-${script}`, 'fanops-lock', ...args);

/**
 * Takes the lock; the holder's JSON goes to standard input. `take`: number of a holder known to be dead, whose lease is
 * not waited for.
 */
export const acquireLock = (dir: string, token: string, ttlSeconds: number, take = 0): string[] =>
  lock('acquire', dir, token, String(ttlSeconds), String(take));

/** Renews the lease of holder number `fence`; prints `renewed` or `lost`. */
export const renewLock = (dir: string, fence: number, ttlSeconds: number): string[] =>
  lock('renew', dir, String(fence), String(ttlSeconds));

/** Releases the lock of holder number `fence`, also somebody else's (`fanops lock break`). */
export const releaseLock = (dir: string, fence: number): string[] => lock('release', dir, String(fence));

/** Prints who holds the lock, without taking it. */
export const showLock = (dir: string): string[] => lock('show', dir);

/** What the lock commands print, parsed. `fence` is the number of the holder, or of the last one when it is free. */
export type LockAnswer =
  | { state: 'acquired'; fence: number }
  | { state: 'held'; fence: number; secondsLeft: number; holder: string }
  | { state: 'free'; fence: number };

/** @throws Error when the text is none of the commands' answers. */
export function parseLockAnswer(stdout: string): LockAnswer {
  const [head = '', ...rest] = stdout.split('\n');
  const [state, fence = '', left = ''] = head.trim().split(' ');
  if (state === 'acquired') return { state, fence: Number(fence) };
  if (state === 'free') return { state, fence: Number(fence) };
  if (state === 'held')
    return { state, fence: Number(fence), secondsLeft: Number(left), holder: rest.join('\n').trim() };
  throw new Error(`Unexpected answer of the lock command: ${JSON.stringify(stdout.slice(0, 200))}`);
}
