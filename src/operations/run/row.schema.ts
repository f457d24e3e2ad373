import { z } from 'zod';

/** A run as it is listed. */
export const runRow = z.strictObject({
  id: z.string(),
  title: z.string(),
  operation: z.string().describe('Name of the operation as journals have it, e.g. host-provision'),
  subject: z.string(),
  status: z
    .enum(['running', 'succeeded', 'failed', 'cancelled', 'undone', 'interrupted'])
    .describe('interrupted: it was going on when its process ended'),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  operator: z.string(),
  error: z.string().optional(),
});
