import { z } from 'zod';
import { routedPlacement, serviceStats } from '../shared.schema.js';

export { ofService as options } from '../shared.schema.js';

export const result = z.strictObject({
  service: z.string(),
  state: z
    .enum(['settled', 'open', 'split'])
    .describe('open: a rollback is possible; split: traffic goes to more than one side; settled: neither'),
  placement: z.string(),
  previous: z.string().optional(),
  placements: z.array(routedPlacement),
  since: z.string(),
  run: z.string(),
  stats: serviceStats.describe('Figures of the last ten minutes'),
});
