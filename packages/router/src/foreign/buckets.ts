import { createHash } from 'node:crypto';
import type { Route } from '../state.js';

/** Requests fall into this many buckets at random; a placement has as many of them as its share in percent. */
export const bucketCount = 100;

/** Folder of a route's weights; another one when the placements are others, whose numbers then mean something else. */
export function weightsKey({ service, placements }: Route): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(placements.map(({ weight: _weight, ...rest }) => rest)))
    .digest('hex');
  return `${service}-${hash.slice(0, 12)}`;
}

/** For each bucket the number of its placement; empty when none takes requests. */
export function bucketsOf({ placements }: Route): number[] {
  const total = placements.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return [];
  let sum = 0;
  return placements.flatMap(({ weight }, index) => {
    const from = Math.round((sum * bucketCount) / total);
    sum += weight;
    return Array<number>(Math.round((sum * bucketCount) / total) - from).fill(index);
  });
}
