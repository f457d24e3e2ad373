import { z } from 'zod';
import { force, routedPlacement, run, service } from '../shared.schema.js';
import { text } from '../text.schema.js';
import { parseWeights } from './weights.js';

/** Pairs such as azure=90, or a share by placement; both are read by the one rule. */
const pairs = z.union([
  z.array(z.string()),
  z
    .record(z.string(), z.int())
    .transform((shares) => Object.entries(shares).map(([name, share]) => `${name}=${share}`)),
]);

export const options = z.strictObject({
  service,
  weights: pairs
    .transform((list) => list.join(' '))
    .pipe(text((list) => parseWeights(list.split(' ').filter(Boolean))))
    .describe('Share by placement, adding up to 100; a placement that is not named gets none'),
  force: force.describe('Give weight also to a placement that does not answer'),
});

export const result = z.strictObject({ run, service: z.string(), placements: z.array(routedPlacement) });
