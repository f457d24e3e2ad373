import { z } from 'zod';
import { run } from '../shared.schema.js';
import { node } from './bootstrap.schema.js';

export const options = z.strictObject({
  host: z.string().optional().describe('One host; default: all that have a provider'),
  node,
});

export const result = z.strictObject({
  run,
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      provider: z.string(),
      address: z.string(),
      port: z.int(),
      changed: z.boolean(),
    }),
  ),
});
