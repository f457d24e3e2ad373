import { z } from 'zod';
import { force, run, unanswered } from '../shared.schema.js';

export const options = z.strictObject({
  run: z.string().min(1).describe('Id of the run whose things are removed'),
  force: force.describe('Remove hosts also when the router sends users there'),
});

export const result = z.strictObject({
  run,
  swept: z.string().describe('The run whose things were removed'),
  removed: z.array(z.string()),
  failed: z.array(unanswered).describe('Where something may be left, since it did not answer'),
});
