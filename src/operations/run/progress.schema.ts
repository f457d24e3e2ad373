import { z } from 'zod';
import type { RunEvent } from '../../core/events.js';

const id = z.string().describe('The step, as the plan names it');
const title = z.string().describe('For people');
const message = z.string();
const ms = z.number().nonnegative().describe('How long it took, in milliseconds');
const host = z.string().optional().describe('Host of the fleet that it works on');

const steps = z
  .array(
    z.strictObject({
      id,
      title,
      host,
      parallel: z
        .strictObject({ block: z.string(), lane: z.string() })
        .optional()
        .describe("The lanes of a block run at once, a lane's steps in order"),
    }),
  )
  .describe('In the order in which they run');

/** What a run tells while it goes on: one line of `--progress json` on standard error. */
export const event = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run.started'),
    runId: z.string(),
    title,
    resumed: z.boolean().describe('Whether it goes on, or back, after an earlier start'),
    steps,
  }),
  z.strictObject({
    type: z.literal('steps.added'),
    after: z.string().describe('The step that they stand behind'),
    steps,
  }),
  z.strictObject({ type: z.literal('step.started'), id, title, host }),
  z.strictObject({
    type: z.literal('step.progress'),
    id,
    message: z.string().describe('What it does or waits for now, with the last thing that it saw'),
  }),
  z.strictObject({
    type: z.literal('step.output'),
    id,
    line: z.string().describe('A line that a command of the step printed'),
  }),
  z.strictObject({
    type: z.literal('step.done'),
    id,
    unchanged: z.boolean().describe('Whether it was done already, so that nothing was changed'),
    ms,
    detail: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('step.failed'), id, ms, message }),
  z
    .strictObject({ type: z.literal('recovery.started'), title })
    .describe('The way back to safety after a failure, or the removal of something temporary'),
  z.strictObject({ type: z.literal('recovery.done'), title }),
  z.strictObject({ type: z.literal('recovery.failed'), title, message }),
  z.strictObject({ type: z.literal('notice'), message }),
  z.strictObject({
    type: z.literal('run.ended'),
    runId: z.string(),
    status: z.enum(['succeeded', 'failed', 'cancelled', 'undone']),
    ms,
  }),
]) satisfies z.ZodType<RunEvent>;
