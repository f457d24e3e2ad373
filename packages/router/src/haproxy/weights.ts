import { mkdir, rename, writeFile } from 'node:fs/promises';
import { allBuckets } from '../foreign/buckets.js';
import type { Route } from '../state.js';
import type { HealthView } from '../targets/target-health.js';
import { backendOf } from './placement.js';

/** The file of a route's weights; also the name by which a running HAProxy knows them. */
export const mapOf = (key: string): string => `weights/${key}.map`;

/** Changes a map of every HAProxy that runs, as a whole. */
export type SetMap = (map: string, lines: string[]) => Promise<void>;

/**
 * The weights as HAProxy looks them up at each request: one line for each bucket, in a file for the next start and in
 * the memory of those that run.
 */
export class Weights {
  readonly #inForce = new Map<string, string>();

  constructor(private readonly setMap: SetMap) {}

  /** Brings the weights of a route, and which targets take requests, into force. */
  async set(route: Route, health: HealthView): Promise<void> {
    for (const { key, placement, numbers } of allBuckets(route, health)) {
      const name = (number: number): string =>
        placement === undefined ? backendOf(route.service, number) : backendOf(route.service, placement, number);
      await this.#bring(
        mapOf(key),
        numbers.map((number, bucket) => `${bucket} ${name(number)}`),
      );
    }
  }

  async #bring(map: string, lines: string[]): Promise<void> {
    const text = `${lines.join('\n')}\n`;
    if (this.#inForce.get(map) === text) return;
    await mkdir('weights', { recursive: true });
    await writeFile(`${map}.new`, text);
    await rename(`${map}.new`, map);
    await this.setMap(map, lines);
    this.#inForce.set(map, text);
  }
}
