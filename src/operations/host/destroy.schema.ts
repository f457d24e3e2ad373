import { z } from 'zod';
import { force, run } from '../shared.schema.js';

export const options = z.strictObject({
  host: z.string().optional().describe('One host; default: all that have a provider'),
  force: force.describe('Also when the router sends users there'),
});

export const result = z.strictObject({ run, destroyed: z.array(z.string()) });
