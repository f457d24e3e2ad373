import { z } from 'zod';
import { run } from '../shared.schema.js';

export { noOptions as options } from '../shared.schema.js';

export const result = z.strictObject({
  run,
  host: z.string(),
  engine: z.string(),
  listen: z.string(),
  services: z.array(z.string()),
  changed: z.array(z.string()).describe('Titles of the steps that changed something'),
});
