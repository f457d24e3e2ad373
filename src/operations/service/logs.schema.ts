import { z } from 'zod';
import { LOG_LEVELS } from '../../core/log-entry.js';
import { service } from '../shared.schema.js';
import { duration } from '../text.schema.js';

const shape = {
  service,
  lines: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('How many of the last entries; with a filter, of those that fit'),
  since: duration().optional().describe('Only entries of this last time, such as 30m or 2d'),
  level: z.enum(LOG_LEVELS).optional().describe('Only entries of this level and above'),
  grep: z.string().optional().describe('Only entries with a match of this regular expression'),
};

export const options = z.strictObject(shape).transform(({ since, ...rest }) => ({ ...rest, sinceMs: since }));

export const result = z.strictObject({
  service: z.string(),
  host: z.string(),
  lines: z.array(z.string()).describe('As they stand in the log, without secrets'),
});

/** One entry of a log that is followed. */
export const event = z.strictObject({
  raw: z.string().describe('The line as it stands in the log'),
  time: z.string().optional().describe('ISO 8601'),
  level: z.enum(LOG_LEVELS),
  source: z.string().optional().describe('Name of the function, else the category'),
  message: z.string(),
});
