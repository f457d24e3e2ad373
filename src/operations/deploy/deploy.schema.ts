import { z } from 'zod';
import { count, ms, run, service, without } from '../shared.schema.js';

export const options = z.strictObject({
  service,
  without,
  withoutKeys: z.boolean().optional().describe('Go ahead although functions that ask for a key will answer 401'),
});

export const result = z.strictObject({
  run,
  service: z.string(),
  placement: z.string(),
  host: z.string(),
  release: z.string(),
  previous: z.string().optional().describe('The release that ran before'),
  cut: count
    .optional()
    .describe('Requests under way that were cut when the drain ended; absent when the workers do not tell'),
  ms,
});
