import { z } from 'zod';
import { count, routedPlacement, serviceStats } from '../shared.schema.js';

export { noOptions as options } from '../shared.schema.js';

const healthRequest = z.strictObject({
  method: z.enum(['GET', 'HEAD']).optional(),
  path: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
});

const route = z.strictObject({
  service: z.string(),
  version: count.describe('Grows with each write'),
  fence: count.describe('Fencing number of the lock under which it was written'),
  lock: z.string().optional(),
  path: z.string(),
  host: z.string().optional(),
  health: z.record(z.string(), healthRequest).optional().describe('By placement: what a probe asks'),
  baselines: z
    .record(z.string(), z.strictObject({ status: z.int(), request: z.string() }))
    .optional()
    .describe('By placement: what it answered when it last passed a probe'),
  placements: z.array(routedPlacement),
  placement: z.string(),
  previous: z.string().optional().describe('Where a rollback goes'),
  run: z.string(),
  at: z.string(),
  stats: serviceStats.describe('Figures of the last ten minutes'),
});

export const result = z.strictObject({
  host: z.string(),
  engine: z.string(),
  listen: z.int(),
  running: z.boolean(),
  routes: z.array(route),
  missing: z.array(z.string()).describe('Services of the fleet file with a route that the router does not have'),
});
