import { z } from 'zod';
import { count, noOptions } from '../shared.schema.js';

export const options = noOptions;

const mend = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('state'), title: z.string() }),
  z.strictObject({ kind: z.literal('cache'), title: z.string() }),
  z.strictObject({ kind: z.literal('host'), title: z.string(), host: z.string() }),
  z.strictObject({ kind: z.literal('standing'), title: z.string(), host: z.string() }),
  z.strictObject({ kind: z.literal('router'), title: z.string() }),
]);

const check = z.strictObject({
  id: z.string().describe('Stable, e.g. host/app-1/ssh'),
  title: z.string(),
  state: z.enum(['ok', 'warn', 'fail', 'skipped']),
  detail: z.string().describe('What was seen'),
  fix: z.string().optional().describe('What mends it: a command, or what to change'),
  mend: mend.optional().describe('Present when --fix can do it'),
});

const mended = z.strictObject({
  title: z.string(),
  run: z.string().optional(),
  problem: z.string().optional().describe('Why it could not be done'),
});

export const result = z.strictObject({
  checks: z.array(check),
  sum: z
    .strictObject({ ok: count, warn: count, fail: count, skipped: count })
    .describe('How many checks ended in each state'),
  mended: z.array(mended).optional().describe('What --fix did, in its order'),
});
