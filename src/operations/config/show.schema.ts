import { z } from 'zod';

export { noOptions as options } from '../shared.schema.js';

export const result = z.strictObject({
  file: z.string().describe('Path of the fleet file'),
  environment: z.string().optional(),
  values: z.array(
    z.strictObject({
      path: z.array(z.string()).describe('Path in the file: services, m1, route, path'),
      value: z.json(),
      source: z.string().describe('FILE:LINE, relative to the folder of the fleet'),
    }),
  ),
});
