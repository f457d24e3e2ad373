import { z } from 'zod';

/** What every command prints with `--json` when it fails. */
export const result = z.strictObject({
  error: z.strictObject({
    name: z.string(),
    message: z.string(),
    code: z.string().describe('Machine-readable, upper snake case'),
    exitCode: z.int(),
    where: z.string().optional().describe('Host, or place in a file'),
    hint: z.string().optional(),
    nextSteps: z.array(z.string()).describe('Commands to type next, in order'),
    data: z.record(z.string(), z.json()).optional(),
  }),
});
