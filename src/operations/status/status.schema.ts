import { z } from 'zod';
import { hostRow } from '../host/list.schema.js';
import { runRow } from '../run/row.schema.js';
import { noOptions, routedPlacement } from '../shared.schema.js';

export const options = noOptions;

const serviceStatus = z.strictObject({
  name: z.string(),
  placement: z.string().optional(),
  previous: z.string().optional(),
  rollback: z
    .string()
    .optional()
    .describe('Where `migrate rollback` sends the users; absent when there is nothing to roll back'),
  placements: z.array(routedPlacement),
  release: z.string().optional().describe('Release that runs on a host'),
  silent: z
    .array(z.strictObject({ placement: z.string(), problem: z.string() }))
    .optional()
    .describe('Placements with traffic that do not answer from the router host, and what it got instead'),
  problem: z.string().optional().describe('Why it could not be told'),
});

export const result = z.strictObject({
  fleet: z.string(),
  file: z.string(),
  hosts: z.array(hostRow),
  services: z.array(serviceStatus),
  openRuns: z.array(runRow),
  unasked: z.string().optional().describe('Why it could not be asked whether the placements with traffic answer'),
  complete: z.boolean().describe('False when something did not answer'),
});
