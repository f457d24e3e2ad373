import { z } from 'zod';
import { count } from '../shared.schema.js';

const check = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('done'), detail: z.string().optional() }),
  z.strictObject({ state: z.literal('change'), changes: z.array(z.string()) }),
  z.strictObject({ state: z.literal('unknown'), reason: z.string() }),
]);

/** What `--dry-run` prints, of whichever operation. */
export const result = z.strictObject({
  dryRun: z.literal(true),
  title: z.string(),
  steps: z.array(z.strictObject({ id: z.string(), title: z.string(), host: z.string().optional(), check })),
  changes: count.describe('How many steps would change something or cannot tell'),
});
