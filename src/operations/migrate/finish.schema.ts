import { z } from 'zod';
import { count, run } from '../shared.schema.js';

export { ofService as options } from '../shared.schema.js';

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
