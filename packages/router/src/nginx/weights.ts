import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Buckets } from '../foreign/buckets.js';

/** Longer than nginx takes to look a request's bucket up. */
const betweenMs = 30;

/**
 * The weights as nginx looks them up at each request: `weights/KEY/now/BUCKET.NUMBER` exists when the bucket is that of
 * the placement, or target, with the number. A change moves the link `now`, so it needs no reload and no connection is
 * closed.
 */
export class Weights {
  readonly #inForce = new Map<string, number[]>();
  #count = 0;

  constructor(private readonly dir: string) {}

  /** Brings buckets into force. */
  async set({ key, numbers: next }: Buckets): Promise<void> {
    const present = this.#inForce.get(key);
    if (present && String(present) === String(next)) return;
    const pairs = next.map((number, bucket) => `${bucket}.${number}`);
    if (present) {
      // Both for a moment: a request that looks while the link moves finds its bucket in any case.
      await this.#point(key, [...new Set([...pairs, ...present.map((number, bucket) => `${bucket}.${number}`)])]);
      await delay(betweenMs);
    }
    await this.#point(key, pairs);
    this.#inForce.set(key, next);
  }

  async #point(key: string, pairs: string[]): Promise<void> {
    this.#count += 1;
    const base = join(this.dir, key);
    const name = String(this.#count);
    await mkdir(join(base, name), { recursive: true });
    await Promise.all(pairs.map((pair) => writeFile(join(base, name, pair), '')));
    await symlink(name, join(base, `${name}.link`));
    await rename(join(base, `${name}.link`), join(base, 'now'));
    const old = (await readdir(base)).filter((each) => each !== name && each !== 'now');
    await Promise.all(old.map((each) => rm(join(base, each), { recursive: true, force: true })));
  }
}
