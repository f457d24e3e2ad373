import { z } from 'zod';
import { duration } from '../text.schema.js';
import { result } from './status.schema.js';

/** Milliseconds between two looks at the least. */
const LEAST_MS = 200;

export const options = z
  .strictObject({
    interval: duration()
      .refine((value) => value >= LEAST_MS, `at least ${LEAST_MS}ms`)
      .default(2000)
      .describe('How long to wait between two looks, such as 5s'),
    unchanged: z.boolean().optional().describe('Tell also what is as it was at the look before'),
  })
  .transform(({ interval, ...rest }) => ({ ...rest, intervalMs: interval }));

export const event = result;
