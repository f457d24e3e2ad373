import { z } from 'zod';
import { count, run, service, without } from '../shared.schema.js';

export const options = z.strictObject({ service, without });

export const result = z.strictObject({
  run,
  service: z.string(),
  placement: z.string(),
  retired: z.string().describe('The placement that was given up'),
  cut: count
    .optional()
    .describe('Requests under way that were cut when the drain ended; absent when the workers do not tell'),
  notes: z.array(z.string()),
});
