import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bucketsOf, weightsKey } from '../foreign/buckets.js';
import type { Route } from '../state.js';

/** Longer than nginx takes to look a request's bucket up. */
const betweenMs = 30;

/**
 * The weights as nginx looks them up at each request: `weights/KEY/now/BUCKET.PLACEMENT` exists when the bucket is the
 * placement's. A change
 * moves the link `now`, so it needs no reload and no connection is closed.
 */
export class Weights {
  readonly #inForce = new Map<string, number[]>();
  #count = 0;

  constructor(private readonly dir: string) {}

  /** Brings the weights of a route into force. */
  async set(route: Route): Promise<void> {
    const key = weightsKey(route);
    const next = bucketsOf(route);
    const present = this.#inForce.get(key);
    if (present && String(present) === String(next)) return;
    const pairs = next.map((placement, bucket) => `${bucket}.${placement}`);
    if (present) {
      // Both for a moment: a request that looks while the link moves finds its bucket in any case.
      await this.#point(key, [...new Set([...pairs, ...present.map((placement, bucket) => `${bucket}.${placement}`)])]);
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
