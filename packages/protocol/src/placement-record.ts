import * as z from 'zod/mini';
import { count, open } from './decode.js';

/** Where a service is placed that no route leads to, as it lies on the hosts of its placements. */
export const placementRecord = open({
  service: z.string(),
  placement: z.string(),
  /** Where a rollback goes. */
  previous: z.optional(z.string()),
  /** Counts changes: of two records the higher one is true, since a host may have been silent at a change. */
  version: count,
  /** Run that wrote it. */
  run: z.string(),
  /** When, by the machine of the operator. */
  at: z.string(),
});

export type PlacementRecord = z.infer<typeof placementRecord>;
