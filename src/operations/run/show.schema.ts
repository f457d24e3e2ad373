import { z } from 'zod';
import { count } from '../shared.schema.js';
import { runRow } from './row.schema.js';

export const options = z.strictObject({
  run: z.string().min(1).describe('Id of the run'),
  step: z.string().optional().describe('One step in full, by its id'),
});

const error = z.strictObject({
  message: z.string(),
  code: z.string(),
  exitCode: z.int(),
  where: z.string().optional(),
  hint: z.string().optional(),
});

const step = z.strictObject({
  id: z.string(),
  title: z.string(),
  host: z.string().optional(),
  status: z.enum(['pending', 'started', 'done', 'failed']),
  attempts: count,
  unchanged: z.boolean().describe('Its check found it done: nothing was applied'),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  error: error.optional(),
  detail: z.string().optional(),
});

const event = z.strictObject({
  time: z.string(),
  step: z.string().optional(),
  type: z.string(),
  message: z.string(),
});

/** A run with its steps, what it left, and its history. */
export const runDetails = z.strictObject({
  run: runRow,
  steps: z.array(step),
  effects: z
    .array(
      z.strictObject({
        title: z.string(),
        state: z.enum(['intended', 'made', 'undone']),
        temporary: z.boolean(),
      }),
    )
    .describe('What is still there of what the run made'),
  events: z.array(event),
});

/** One step in full. */
export const stepDetails = z.strictObject({
  run: runRow,
  step: z.strictObject({
    ...step.shape,
    kind: z.string(),
    input: z.record(z.string(), z.json()),
    outputs: z.record(z.string(), z.json()).optional(),
  }),
  events: z.array(event),
});

export const result = z.union([runDetails, stepDetails]);
