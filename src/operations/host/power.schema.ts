import { z } from 'zod';
import { force, run } from '../shared.schema.js';

export const options = z.strictObject({
  host: z.string().optional().describe('One host; default: all that have a provider'),
  force: force.describe('Stop and restart it also when the router sends users there'),
});

export const result = z.strictObject({
  run,
  action: z.enum(['stop', 'start', 'restart']),
  hosts: z.array(z.strictObject({ name: z.string(), state: z.string(), changed: z.boolean() })),
});
