import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until a probe gives a value that is not undefined or false. @throws after `ms` milliseconds, saying what was awaited. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  ms = 10_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(20);
  }
}

/** Waits until a file begins with a number other than 0: its writer makes the file before it writes. */
export const numberIn = (file: string): Promise<number> =>
  until(
    `a number in ${file}`,
    () => (existsSync(file) && Number.parseInt(readFileSync(file, 'utf8'), 10)) || undefined,
  );
