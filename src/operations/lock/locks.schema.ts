import { z } from 'zod';
import { count } from '../shared.schema.js';

const operator = z.strictObject({
  name: z.string().describe('Login name, or what FANOPS_OPERATOR says'),
  machine: z.string(),
  pid: z.int(),
  startedAt: z.string(),
});

/** A lock that is held. */
export const lockRow = z.strictObject({
  name: z.string(),
  host: z.string(),
  secondsLeft: z.number().describe('Seconds until its lease ends unless it is renewed'),
  fence: count.describe('Grows with each holder'),
  holder: z
    .strictObject({
      run: z.string(),
      reason: z.string().describe('What it is doing'),
      operator,
      since: z.string(),
    })
    .optional(),
});
