import { z } from 'zod';
import { host } from '../shared.schema.js';
import { duration } from '../text.schema.js';

export const options = z
  .strictObject({
    host,
    command: z.array(z.string()).min(1).describe('The words of the command; no shell interprets them'),
    sudo: z.boolean().optional().describe('Run it as root by sudo'),
    timeout: duration()
      .optional()
      .describe('How long it may take, such as 30s; default: until nothing was read or written for 10m'),
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));

export const result = z.strictObject({
  host: z.string(),
  command: z.array(z.string()),
  code: z.int().nullable().describe('Exit code; null when a signal ended it'),
  signal: z.string().optional(),
  stdout: z.string(),
  stderr: z.string(),
});
