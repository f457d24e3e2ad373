import { z } from 'zod';

export const result = z.strictObject({
  file: z.string(),
  hash: z.string(),
  parts: z
    .array(z.strictObject({ path: z.string(), does: z.string() }))
    .describe('What the fleet runs on this machine, or sends from it'),
  trusted: z.boolean(),
  change: z.enum(['trusted', 'revoked', 'none']),
});
