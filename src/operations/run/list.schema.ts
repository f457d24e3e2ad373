import { z } from 'zod';
import { runRow } from './row.schema.js';

export const options = z.strictObject({
  limit: z.int().min(1).max(1000).default(20).describe('How many runs, newest first'),
});

export const result = z.strictObject({ runs: z.array(runRow) });
