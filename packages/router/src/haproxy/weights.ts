import { mkdir, rename, writeFile } from 'node:fs/promises';
import { bucketsOf, weightsKey } from '../foreign/buckets.js';
import type { Route } from '../state.js';
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

  /** Brings the weights of a route into force. */
  async set(route: Route): Promise<void> {
    const map = mapOf(weightsKey(route));
    const lines = bucketsOf(route).map((placement, bucket) => `${bucket} ${backendOf(route.service, placement)}`);
    const text = `${lines.join('\n')}\n`;
    if (this.#inForce.get(map) === text) return;
    await mkdir('weights', { recursive: true });
    await writeFile(`${map}.new`, text);
    await rename(`${map}.new`, map);
    await this.setMap(map, lines);
    this.#inForce.set(map, text);
  }
}
