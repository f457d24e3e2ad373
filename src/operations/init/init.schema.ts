import { z } from 'zod';

export const result = z.strictObject({
  file: z.string(),
  created: z.boolean().describe('False when something was added to a file that was there'),
  fleet: z.string(),
  hosts: z.array(z.string()).describe('Hosts that were written into it'),
  services: z.array(z.string()),
  router: z.boolean(),
});
