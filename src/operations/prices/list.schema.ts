import { z } from 'zod';
import { unanswered } from '../shared.schema.js';

export { options } from './options.schema.js';

export const result = z.strictObject({
  prices: z.array(
    z.strictObject({
      provider: z.string(),
      size: z.string(),
      vcpu: z.number(),
      memoryMiB: z.number(),
      hourlyUsd: z.number().optional().describe('On-demand price of an hour with Linux, in US dollars'),
      monthlyUsd: z.number().optional().describe('US dollars for a month of 730 hours'),
      region: z.string(),
      source: z.string().describe('Where the price comes from'),
      date: z.string().describe('ISO date on which it was read'),
      old: z.boolean().describe('True when it should be read again'),
    }),
  ),
  failed: z.array(unanswered),
});
