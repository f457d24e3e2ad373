import { z } from 'zod';
import { count, ms, run, service, without } from '../shared.schema.js';
import { duration, text } from '../text.schema.js';
import { isRising, parseSteps, RISING } from './target.js';

export const options = z
  .strictObject({
    service,
    without,
    to: z.string().optional().describe('Placement to move to; default: the only other one'),
    steps: z
      .union([
        text(parseSteps),
        z.array(z.int().min(1).max(100)).refine(isRising, { error: 'no list of shares', params: { hint: RISING } }),
      ])
      .default([10, 50, 100])
      .describe('Shares of the new side in per cent, rising to 100: 10,50,100'),
    hold: duration()
      .optional()
      .describe('How long each share is held and watched; default: timing.hold of the fleet file, else 5s'),
    withoutKeys: z.boolean().optional().describe('Go ahead although functions that ask for a key will answer 401'),
  })
  .transform(({ hold, ...rest }) => ({ ...rest, holdMs: hold }));

export const result = z.strictObject({
  run,
  service: z.string(),
  from: z.string(),
  to: z.string(),
  changed: z.boolean(),
  release: z.string().optional(),
  cutover: z.array(z.strictObject({ percent: z.number(), seen: z.string() })).describe('What was seen at each share'),
  cut: count
    .optional()
    .describe('Requests under way that were cut when the drain ended; absent when the workers do not tell'),
  notes: z.array(z.string()),
  ms,
});
