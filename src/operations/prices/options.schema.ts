import { z } from 'zod';
import { text } from '../text.schema.js';

const list = (value: string): string[] =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

export const options = z.strictObject({
  provider: z.string().optional().describe('Only this one'),
  regions: z
    .union([text(list), z.array(z.string())])
    .optional()
    .describe('Only these regions, in the words of the provider; default: those that the fleet uses'),
});
