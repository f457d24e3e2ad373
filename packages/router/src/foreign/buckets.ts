import { createHash } from 'node:crypto';
import { hasSeveralTargets, targetsOf, type Placement, type Route } from '../state.js';
import type { HealthView } from '../targets/target-health.js';

/** Requests fall into this many buckets at random; a placement has as many of them as its share in percent. */
export const bucketCount = 100;

/** What a configuration says of a placement: all but its share, and which of its targets take requests. */
export const placementShape = ({ weight: _weight, targets, ...rest }: Placement): object => ({
  ...rest,
  ...(targets && { targets: targets.map(({ down: _down, ...target }) => target) }),
});

/** Folder of a route's weights; another one when the placements are others, whose numbers then mean something else. */
export function weightsKey({ service, placements }: Route): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(placements.map(placementShape)))
    .digest('hex');
  return `${service}-${hash.slice(0, 12)}`;
}

/** The same for the targets of one of its placements, given by its number. */
export const targetsKey = (route: Route, placement: number): string => `${weightsKey(route)}.${placement}`;

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

/**
 * For each bucket the number of a target of a placement: as many for each that is up, or for each that is not down
 * where none is up; empty when all are down.
 */
export function targetBucketsOf(service: string, placement: Placement, health: HealthView): number[] {
  const all = targetsOf(placement).map((target, number) => ({ target, number }));
  const open = all.filter(({ target }) => !target.down);
  const up = open.filter(({ target }) => health.isUp({ service, placement: placement.name, target }));
  const numbers = (up.length > 0 ? up : open).map(({ number }) => number);
  if (numbers.length === 0) return [];
  return Array.from({ length: bucketCount }, (_, bucket) => numbers[bucket % numbers.length] ?? 0);
}

/** What buckets decide: between the placements of a route, or between the targets of one. */
export interface Buckets {
  /** Names them in files and maps. */
  key: string;
  /** Whose targets they are; undefined for those of the placements. */
  placement?: number;
  /** For each bucket the number of a placement, or of a target. */
  numbers: number[];
}

/** All that decides where a request of a route goes, in the order in which it has to be there. */
export function allBuckets(route: Route, health: HealthView): Buckets[] {
  const targets = route.placements.flatMap((each, placement): Buckets[] =>
    hasSeveralTargets(each)
      ? [{ key: targetsKey(route, placement), placement, numbers: targetBucketsOf(route.service, each, health) }]
      : [],
  );
  return [...targets, { key: weightsKey(route), numbers: bucketsOf(route) }];
}
