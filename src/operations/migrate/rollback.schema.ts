import { z } from 'zod';
import { count, ms, run } from '../shared.schema.js';

export { ofService as options } from '../shared.schema.js';

export const result = z.strictObject({
  run,
  service: z.string(),
  from: z.string(),
  to: z.string(),
  cut: count
    .optional()
    .describe('Requests under way that were cut when the drain ended; absent when the workers do not tell'),
  notes: z
    .array(z.string())
    .optional()
    .describe('What could not be done where a host does not answer, and what is to be done when it is back'),
  ms,
});
