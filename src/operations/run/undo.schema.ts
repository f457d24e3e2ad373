import { z } from 'zod';

export const options = z.strictObject({ run: z.string().min(1).describe('Id of the run') });

export const result = z.strictObject({
  run: z.string(),
  undone: z.array(z.string()).describe('Titles of what was taken away, newest first'),
  left: z.array(z.strictObject({ title: z.string(), why: z.string() })).describe('What could not be taken away'),
});
