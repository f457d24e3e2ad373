import { z } from 'zod';
import { unanswered } from '../shared.schema.js';

export { options } from './options.schema.js';

export const result = z.strictObject({
  refreshed: z.array(
    z.strictObject({
      provider: z.string(),
      region: z.string(),
      sizes: z.array(z.string()).describe('Sizes with a price'),
      refused: z
        .array(z.strictObject({ size: z.string(), why: z.string() }))
        .describe('Sizes whose price was missing or made no sense; what the book had of them stays'),
    }),
  ),
  failed: z.array(unanswered).describe('What could not be read; its older prices stay'),
});
